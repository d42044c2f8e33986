/**
 * `replace-catalog`: the products of the organisation's manufacturers that the file does not name are withdrawn. First they
 * are listed, completely, so that the listing can be looked at and confirmed; then the list is worked through.
 *
 * A product stays when it changed after the file was uploaded, when a rejected line of the file names it, and altogether when
 * the file has a line of which it cannot be told which product it is about.
 */
import type { Caller } from '../../domain/access.js'
import { authorOf, needsConfirmation } from '../../domain/import.js'
import type { Proposal } from '../../domain/write-decision.js'
import type { CatalogueEntry, ProductCatalogue } from '../../storage/product-catalogue.js'
import type { ImportResults, LineResult, StoredLine } from '../../storage/import-results.js'
import type { ImportTraces } from '../../storage/import-traces.js'
import type { ProductWriter, WriteResult } from '../../storage/product-writer.js'
import { createProductIdSet } from './product-id-set.js'
import type { Hold } from './hold.js'

/** Products listed, and withdrawn, at once. */
const GROUP = 500

/** Ids held in memory at once (32 MB); a larger file is compared in several passes, each over a part of the id space. */
const IDS_PER_PASS = 1_000_000

const ID_SPACE = 2 ** 32

/** While nothing else is noted, the hold is renewed this often (products looked at). */
const RENEW_EVERY = 20_000

export type CatalogReplacement = ReturnType<typeof createCatalogReplacement>

export function createCatalogReplacement (parts: { results: ImportResults, catalogue: ProductCatalogue, traces: ImportTraces, writer: ProductWriter }) {
  const { results, catalogue } = parts

  /** Lists what is to be withdrawn. `wait`: so much that it has to be confirmed; the import has been let go until then. */
  async function plan (hold: Hold, caller: Caller): Promise<'go on' | 'wait'> {
    const { job, progress } = hold
    if (progress.unidentified > 0 || progress.counts.lines === 0) {
      const detail = `Nothing was withdrawn: of ${progress.unidentified} rejected lines it cannot be told which products they are about. The first is among those with the codes of lines and missing fields.`
      if (progress.unidentified > 0) await hold.advance({ note: { code: 'WITHDRAWALS_SKIPPED', detail } })
      return 'go on'
    }
    await results.forget(job.id, { group: 0 })
    const { missing, total } = await listMissing(hold, caller)
    const known = total - (job.dryRun ? 0 : progress.counts.created)
    const confirmation = needsConfirmation(missing, known)
    const counts = job.dryRun ? { ...progress.counts, withdrawn: missing } : progress.counts
    const wait = confirmation && !job.dryRun
    // One step: an import that has to wait is never found between its list and its wait.
    await hold.advance({
      plannedWithdrawals: missing,
      progress: { ...progress, counts, checkpoint: { ...progress.checkpoint, phase: 'withdraw', group: 0 } },
      ...(confirmation && { note: { code: 'CONFIRMATION_NEEDED', detail: `${missing} of ${known} products are not in the file; withdrawing more than 5 % needs a confirmation.` } }),
      ...(wait && { release: 'awaiting_confirmation' })
    })
    return wait ? 'wait' : 'go on'
  }

  async function listMissing (hold: Hold, caller: Caller): Promise<{ missing: number, total: number }> {
    const { job } = hold
    const passes = Math.max(1, Math.ceil(hold.progress.counts.lines / IDS_PER_PASS))
    let group: StoredLine[] = []
    let groups = 0
    let missing = 0
    let total = 0
    const flush = async () => {
      if (group.length > 0) await results.putWithdrawals(job.id, groups++, group)
      missing += group.length
      group = []
    }
    for (let pass = 0; pass < passes; pass++) {
      const from = Math.ceil(ID_SPACE / passes * pass)
      const to = Math.ceil(ID_SPACE / passes * (pass + 1))
      const named = createProductIdSet(Math.ceil(hold.progress.counts.lines / passes * 1.2) + 1000, first => first >= from && first < to)
      for await (const ids of results.namedProducts(job.id)) named.addAll(ids)
      for await (const products of catalogue.liveProducts(caller.manufacturerKeys, { from, to })) {
        const before = total
        total += products.length
        for (const product of products) {
          if (!isMissing(product, named, job.createdAt)) continue
          group.push({ outcome: 'withdrawal_pending', productId: product.productId, version: product.version })
          if (group.length === GROUP) await flush()
        }
        if (Math.floor(before / RENEW_EVERY) !== Math.floor(total / RENEW_EVERY)) await hold.advance({})
      }
    }
    await flush()
    return { missing, total }
  }

  /** Withdraws what is listed until the list or the turn ends; true when the list has ended. */
  async function withdraw (hold: Hold, caller: Caller, turnIsOver: () => Promise<boolean>): Promise<boolean> {
    for (;;) {
      const { checkpoint, counts } = hold.progress
      const listed = await results.findWithdrawals(hold.job.id, checkpoint.group)
      if (listed === null) return true
      const settled = await withdrawListed(hold, caller, listed)
      await results.putWithdrawals(hold.job.id, checkpoint.group, settled)
      const withdrawn = settled.filter(({ outcome }) => outcome === 'withdrawn').length
      await hold.advance({
        progress: {
          ...hold.progress,
          counts: { ...counts, withdrawn: counts.withdrawn + withdrawn },
          checkpoint: { ...checkpoint, group: checkpoint.group + 1 }
        }
      })
      if (await turnIsOver()) return false
    }
  }

  async function withdrawListed ({ job, assertCurrent }: Hold, caller: Caller, listed: readonly LineResult[]): Promise<StoredLine[]> {
    const pending = listed.flatMap(({ productId, version, outcome }) => productId !== undefined && version !== undefined && outcome === 'withdrawal_pending' ? [{ productId, version }] : [])
    const author = authorOf(job)
    const results = await parts.writer.write(pending.map(({ productId, version }): Proposal => ({
      kind: 'withdraw', author, productId, writableManufacturers: caller.manufacturerKeys, precondition: { ifVersion: version }, origin: { import: job.id, line: 0 }
    })), { assertCurrent })
    const refused = pending.filter((_, index) => results[index]?.outcome === 'refused').map(({ productId }) => productId)
    // A worker that vanished may have withdrawn some of them already.
    const applied = await parts.traces.find(job.id, refused)
    const after = new Map(pending.map(({ productId }, index) => [productId, outcomeOf(results[index] as WriteResult, applied.get(productId))]))
    return listed.map(result => ({ ...result, ...(result.productId !== undefined && after.get(result.productId)) }))
  }

  return { plan, withdraw }
}

function isMissing ({ productId, publishedAt }: CatalogueEntry, named: { has: (productId: string) => boolean }, uploadedAt: Date): boolean {
  return publishedAt < uploadedAt && !named.has(productId)
}

function outcomeOf (result: WriteResult, applied: ReadonlyArray<{ outcome: string, version: number }> | undefined): Pick<StoredLine, 'outcome'> & { version?: number } {
  if (result.outcome === 'withdrawn') return { outcome: 'withdrawn', version: result.version }
  const own = applied?.findLast(({ outcome }) => outcome === 'withdrawn')
  return own === undefined ? { outcome: 'kept' } : { outcome: 'withdrawn', version: own.version }
}
