/** A disk that fails: the calls about files that the system refuses, for as long as one test lasts. */
import { open, rm, type FileHandle } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface TestScope {
  teardown (work: () => void): void
}

type Method = 'write' | 'datasync'

/**
 * Lets `write` or `datasync` of every open file of this process fail with that code of the system.
 *
 * @param fails whether the call of that number, from 1, fails
 * @returns how many calls there were
 */
export async function failFileCalls (t: TestScope, method: Method, code: string, fails: (call: number) => boolean): Promise<() => number> {
  const path = join(tmpdir(), `esg-exchange-${randomUUID()}`)
  const handle = await open(path, 'w')
  const prototype = Object.getPrototypeOf(handle) as Record<Method, (this: FileHandle, ...given: unknown[]) => Promise<unknown>>
  await handle.close()
  await rm(path)
  const original = prototype[method]
  let calls = 0
  prototype[method] = async function (...given) {
    if (fails(++calls)) throw Object.assign(new Error(`${code}: ${method}`), { code })
    return await original.apply(this, given)
  }
  t.teardown(() => { prototype[method] = original })
  return () => calls
}
