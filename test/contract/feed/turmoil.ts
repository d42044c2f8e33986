/** Writers in several processes that are paused and killed at random, mirrors that follow meanwhile, and the final account. */
import { fork, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createMirror } from './mirror.js'
import { openStore, type StoreAddress } from './store.js'
import type { WriterOrder } from './writer-process.js'

const WRITER_PROCESS = fileURLToPath(new URL('writer-process.js', import.meta.url))

export interface Turmoil extends StoreAddress {
  processes: number
  keys: number
  largestBatch: number
  /** The writers are stopped when either is reached. */
  mostChanges: number
  mostMs: number
  report?: (text: string) => void
}

export interface Account {
  changes: number
  /** How often something was done to a process. */
  pauses: number
  longPauses: number
  kills: number
  /** Rows that were found in a range that had been reaped. */
  stragglers: number
  /** Reservations that were reaped, by the upkeep or by readers. */
  reaped: number
  mirrors: Array<{ name: string, applied: number, size: number, complaints: string[], differences: string[] }>
}

/** A process, and the first that it says of what it has written. */
interface Writers { process: ChildProcess, begun: Promise<unknown> }

export async function runTurmoil (turmoil: Turmoil): Promise<Account> {
  const { uri, database, leaseMs, keys, largestBatch } = turmoil
  const store = await openStore(turmoil)
  const order: WriterOrder = { uri, database, leaseMs, keys, largestBatch }
  const account: Account = { changes: 0, pauses: 0, longPauses: 0, kills: 0, stragglers: 0, reaped: 0, mirrors: [] }
  const mirrors = [
    { name: 'pages', mirror: createMirror(store, { way: 'pages' }) },
    { name: 'stream', mirror: createMirror(store, { way: 'stream' }) },
    { name: 'filtered pages', mirror: createMirror(store, { way: 'pages', filters: { category: ['laptop'] } }) }
  ]
  const startedAt = Date.now()
  const isOver = (): boolean => {
    const ms = Date.now() - startedAt
    // Not before a writer was caught in the middle of its work, which takes a moment longer on some days.
    return account.changes >= turmoil.mostChanges || (ms > turmoil.mostMs && store.reaped() > 0) || ms > 3 * turmoil.mostMs
  }

  function startWriters (): Writers {
    const process = fork(WRITER_PROCESS, [JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    process.on('message', changes => { account.changes += Number(changes) })
    return { process, begun: once(process, 'message') }
  }

  /** Troubles one process after the other; the last one of the list is left in peace, so that somebody always writes. */
  async function trouble (children: Writers[]): Promise<void> {
    const begin = [2, 4, 0, 3]
    while (!isOver()) {
      await sleep(randomInt(100, 900))
      const index = randomInt(children.length - 1)
      const { process: child, begun } = children[index] as Writers
      // On a busy machine it takes seconds to start, and what has written nothing leaves nothing behind.
      await Promise.race([begun, exited(child)])
      const kind = begin.shift() ?? randomInt(5)
      if (kind < 2) {
        account.pauses++
        await paused(child, randomInt(20, 400))
        continue
      }
      if (kind < 4) {
        account.longPauses++
        await paused(child, Math.round(leaseMs * 1.2) + randomInt(300))
      }
      if (kind === 3) continue
      // After a long pause this is the moment at which it stores what nobody waits for any more.
      await sleep(randomInt(40))
      account.kills++
      child.kill('SIGKILL')
      await exited(child)
      children[index] = startWriters()
    }
  }

  async function keepUp (): Promise<void> {
    account.stragglers += (await store.upkeep.run()).stragglers
  }

  async function whileRunning (step: () => Promise<unknown>, pauseMs: () => number): Promise<void> {
    while (!isOver()) {
      await step()
      await sleep(pauseMs())
    }
  }

  const children = Array.from({ length: turmoil.processes }, startWriters)
  try {
    await Promise.all([
      trouble(children),
      whileRunning(keepUp, () => 500),
      whileRunning(async () => { turmoil.report?.(`${account.changes} changes`) }, () => 5_000),
      ...mirrors.map(async ({ mirror }) => { await whileRunning(mirror.step, () => randomInt(30)) })
    ])
    await Promise.all(children.map(async ({ process: child }) => {
      if (child.connected) child.send('stop')
      await exited(child)
    }))
    await settle()
  } finally {
    for (const { process: child } of children) child.kill('SIGKILL')
  }

  /** Until no reservation is left: those of killed writers end with their lease. */
  async function settle (): Promise<void> {
    for (;;) {
      await keepUp()
      const { position, reserved } = await store.feed.watermark()
      if (position === reserved) break
      await sleep(100)
    }
    await keepUp()
    for (const { mirror } of mirrors) for (let atHead = 0; atHead < 2;) atHead = await mirror.step() ? atHead + 1 : 0
  }

  for (const { name, mirror } of mirrors) {
    account.mirrors.push({ name, applied: mirror.applied(), size: mirror.size(), complaints: mirror.complaints, differences: await mirror.differences() })
  }
  account.reaped = store.reaped()
  await store.close()
  return account
}

/** A process that was paused while it was starting may have ended by itself: it waited too long for the database. */
async function exited (child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function paused (child: ChildProcess, ms: number): Promise<void> {
  child.kill('SIGSTOP')
  await sleep(ms)
  child.kill('SIGCONT')
}
