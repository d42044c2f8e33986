/**
 * Every operation of the API description, as everybody: with no credential, an expired one, one without the scope, as another vendor, a
 * distributor that was granted, one that was not, one whose grant was revoked a moment ago, and the operator. Each gets the status that
 * is due, no byte of what is another's, also when caches are warm and with the entity tags of those who may read, and changes nothing
 * that is not its own.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Scope } from '../../../src/domain/access.js'
import { projectPath } from '../../../src/project-root.js'
import { MAY_SEE, OPERATIONS, type Asked, type Entry } from './operations.js'
import { openWorld, ROLES, type Headers, type Kind, type Role, type World } from './world.js'

interface Described {
  operationId: string
  security: Array<Record<string, string[]>>
  parameters?: Array<{ name: string, in: string }>
}

const described = JSON.parse(readFileSync(projectPath('openapi/openapi.json'), 'utf8')) as { paths: Record<string, Record<string, Described>> }
const operations = Object.values(described.paths).flatMap(methods => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), ...operation })))

/** Null: public. Empty: any credential. */
function scopesOf ({ security }: Described): readonly string[] | null {
  return security.length === 0 ? null : security.flatMap(({ oauth2 = [] }) => oauth2)
}

interface Answer { status: number, headers: Record<string, unknown>, body: string }

async function send ({ app }: World, { method, url, headers, payload }: Asked, credential: Headers = {}): Promise<Answer> {
  const answer = await app.inject({ method: method as 'GET', url, headers: { ...headers, ...credential }, ...(payload !== undefined && { payload }) })
  return { status: answer.statusCode, headers: answer.headers, body: answer.body }
}

/** What of the owner's is in an answer, apart from what was sent and what may be there. */
function leaked ({ marks }: World, asked: Asked, { headers, body }: Answer, allowed: readonly Kind[]): string[] {
  const sent = JSON.stringify(asked)
  const told = JSON.stringify(headers) + body
  return (Object.keys(marks) as Kind[])
    .filter(kind => !allowed.includes(kind))
    .flatMap(kind => marks[kind].filter(mark => told.includes(mark) && !sent.includes(mark)).map(mark => `${kind} ${mark}`))
}

const statusFor = ({ status }: Entry, role: Role): number => typeof status === 'number' ? status : status[role]

/** What the owner has, as it reads it. */
async function state (world: World): Promise<string> {
  const { standing: { product, groupId, grantId, listId, importId, waitingImportId, client } } = world
  const urls = [`/v1/products/${product.productId}`, `/v1/products/${product.productId}/versions`, '/v1/audiences', `/v1/grants/${grantId}`, `/v1/product-lists/${listId}`, `/v1/product-lists/${listId}/products`, `/v1/imports/${importId}`, `/v1/imports/${waitingImportId}`, `/v1/clients/${client.clientId}`, `/v1/organizations/${world.organizationOf.owner.organizationId}`]
  const answers = await Promise.all(urls.map(async url => await send(world, { method: 'GET', url }, world.headersOf.owner)))
  const groups = await send(world, { method: 'GET', url: '/v1/groups?limit=500' }, world.headersOf.owner)
  const group = (JSON.parse(groups.body) as { items: Array<{ groupId: string }> }).items.find(item => item.groupId === groupId)
  t.ok(answers.every(({ status }) => status === 200) && group, 'everything of the owner is there')
  return JSON.stringify([answers.map(({ body }) => body), group])
}

t.test('every operation has an entry, and every entry an operation', async t => {
  t.same(Object.keys(OPERATIONS).filter(id => !operations.some(({ operationId }) => operationId === id)), [], 'entries without an operation')
  t.same(operations.map(({ operationId }) => operationId).filter(id => !(id in OPERATIONS)), [], 'operations without an entry: say in operations.ts who gets what')
})

t.test('who gets what', async t => {
  const world = await openWorld(t)
  const expired = await world.expiredToken()
  const known = operations.flatMap(operation => {
    const entry = OPERATIONS[operation.operationId]
    return entry === undefined ? [] : [{ ...operation, entry }]
  })
  const reads = known.filter(({ method, security }) => method === 'GET' && security.length > 0)
  const askedBy = async ({ method, entry }: typeof known[number], role: Role): Promise<Asked> => ({ method, ...await entry.request(world, role) })

  // Everybody who sees the products reads them first: the caches are warm, and `revoked` has seen what it is about to lose.
  const tags = new Map<string, string>()
  for (const role of ['owner', 'granted', 'revoked'] as const) {
    for (const operation of reads) {
      const answer = await send(world, await askedBy(operation, role), world.headersOf[role])
      t.equal(answer.status, statusFor(operation.entry, role === 'revoked' ? 'granted' : role), `${operation.operationId} as ${role}, before`)
      if (role === 'owner' && typeof answer.headers['etag'] === 'string') tags.set(operation.operationId, answer.headers['etag'])
    }
  }
  t.ok(tags.has('getProduct'))
  const cursors = new Map<string, string>()
  for (const operation of reads.filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'cursor'))) {
    const asked = await askedBy(operation, 'owner')
    const one = asked.url.includes('limit=') ? asked.url.replace(/limit=\d+/, 'limit=1') : `${asked.url}?limit=1`
    const answer = await send(world, { ...asked, url: operation.operationId === 'streamChanges' ? asked.url : one }, world.headersOf.owner)
    const cursor = /"(?:nextCursor|cursor)":"([^"]+)"/.exec(answer.body)?.[1]
    if (cursor !== undefined) cursors.set(operation.operationId, cursor)
  }
  t.ok(['listProducts', 'listChanges', 'listGrants', 'listClients', 'listAuditEvents'].every(id => cursors.has(id)), 'there are cursors to try')

  await world.revoke()

  for (const operation of known) {
    const { operationId, method, entry } = operation
    const scopes = scopesOf(operation)
    await t.test(operationId, async t => {
      const before = method === 'GET' || scopes === null ? undefined : await state(world)
      const check = async (name: string, asked: Asked, credential: Headers, status: number, allowed: readonly Kind[]): Promise<Answer> => {
        const answer = await send(world, asked, credential)
        t.equal(answer.status, status, `${name}: ${answer.status >= 400 ? answer.body.slice(0, 300) : 'an answer'}`)
        t.same(leaked(world, asked, answer, allowed), [], `${name}: nothing that is another's`)
        if (answer.status >= 400 && operationId !== 'issueToken') t.match(JSON.parse(answer.body), { status: answer.status, code: String, detail: String }, `${name}: a problem`)
        return answer
      }
      const asked = await askedBy(operation, 'ungranted')
      if (scopes === null) {
        await check('without a credential', asked, {}, statusFor(entry, 'ungranted'), [])
        // The token endpoint reads the header, and takes Basic only.
        if (operationId !== 'issueToken') await check('with an expired credential', asked, expired, statusFor(entry, 'ungranted'), [])
      } else {
        t.match((await check('without a credential', asked, {}, 401, [])).headers, { 'www-authenticate': /^Bearer / })
        t.match((await check('with an expired credential', asked, expired, 401, [])).headers, { 'www-authenticate': /error="invalid_token"/ })
        for (const scope of scopes) {
          const answer = await check(`without ${scope}`, asked, await world.without(scope as Scope), 403, [])
          t.match(JSON.parse(answer.body), { code: 'insufficient-scope', detail: new RegExp(scope) })
        }
      }

      // Those who may change what is the owner's come last; until then nothing of it has changed.
      const mayChange = (role: Role) => (role === 'owner' || role === 'operator') && statusFor(entry, role) < 300
      const roles = [...ROLES].sort((a, b) => Number(mayChange(a)) - Number(mayChange(b)))
      let untouched = before
      for (const role of roles) {
        if (mayChange(role) && untouched !== undefined) {
          t.equal(await state(world), untouched, 'nobody else has changed what is the owner\'s')
          untouched = undefined
        }
        const credential = world.headersOf[role]
        const allowed = [...MAY_SEE[role], ...entry.maySee?.[role] ?? []]
        const asked = await askedBy(operation, role)
        const answer = await check(role, asked, credential, statusFor(entry, role), allowed)
        const isPublic = scopes === null
        const tag = tags.get(operationId)
        if (tag !== undefined && !isPublic) {
          const status = answer.headers['etag'] === tag ? 304 : statusFor(entry, role)
          await check(`${role}, with the entity tag of the owner`, { ...asked, headers: { ...asked.headers, 'if-none-match': tag } }, credential, status, allowed)
          t.ok(status !== 304 || MAY_SEE[role].includes('content'), `${role} is told 304 only of what it may read`)
        }
        const cursor = cursors.get(operationId)
        if (cursor !== undefined && role !== 'owner' && answer.status < 300) {
          const url = `${asked.url}${asked.url.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`
          const foreign = await check(`${role}, with the cursor of the owner`, { ...asked, url }, credential, 400, [])
          t.match(JSON.parse(foreign.body), { code: 'invalid-cursor' })
        }
        if (method === 'GET' && answer.status === 404) {
          // What is hidden is told apart from what was never there by nothing but its name.
          const absent = await send(world, { ...asked, url: withOtherIds(world, asked.url) }, credential)
          t.equal(absent.status, 404)
          t.equal(withOtherIds(world, answer.body), absent.body, `${role}: as if it were not there`)
        }
      }
    })
  }
})

/** The same, about things that never were. */
function withOtherIds ({ standing: { product, grantId, listId, importId, client }, organizationOf: { owner } }: World, text: string): string {
  const others = [[product.productId, '00000000-0000-5000-8000-000000000000'], [grantId, 'grt_none'], [listId, 'lst_none'], [importId, '00000000-0000-7000-8000-000000000000'], [client.clientId, 'nobody'], [client.secretId, 'sec_none'], [owner.organizationId, 'org_none']]
  return others.reduce((result, [id = '', other = '']) => result.replaceAll(id, other), text)
}
