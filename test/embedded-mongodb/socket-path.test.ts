import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { socketPathFor } from '../../src/embedded-mongodb/socket-path.js'

const scratch = await mkdtemp('/tmp/esg-s-')
t.teardown(async () => await rm(scratch, { recursive: true, force: true }))
const ours = `esg-exchange-${process.getuid?.() ?? 0}`

t.test('the path is short, private, and the same every time', async t => {
  const long = `/srv/${'a long name with späces/'.repeat(20)}`
  const path = await socketPathFor(long, [scratch])
  t.ok(Buffer.byteLength(path) <= 100, path)
  t.equal(await socketPathFor(long, [scratch]), path)
  t.not(await socketPathFor('/srv/other', [scratch]), path)
  t.equal((await stat(dirname(path))).mode & 0o777, 0o700)
})

t.test('a directory that is too long, of others, or a link is passed over', async t => {
  const long = join(scratch, 'x'.repeat(80))
  const open = join(scratch, 'open')
  await mkdir(join(open, ours), { recursive: true })
  await chmod(join(open, ours), 0o755)
  const linked = join(scratch, 'linked')
  await mkdir(linked)
  await symlink(scratch, join(linked, ours))
  const good = join(scratch, 'good')

  t.match(await socketPathFor('/data', [long, open, linked, good]), new RegExp(`^${good}/`))
  await t.rejects(socketPathFor('/data', [long, open]),
    { code: 'SOCKET_UNUSABLE', message: /bytes long, and 100 are allowed; .*open.*only this user can enter.*Set TMPDIR/ })
})
