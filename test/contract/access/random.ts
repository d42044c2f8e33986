/** Randomness that a seed repeats. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  below: (below: number) => number
  /** True once in `times` times. */
  once: (times: number) => boolean
  pick: <T>(items: readonly T[]) => T | undefined
  /** Some of the items, each with the chance of one half. */
  some: <T>(items: readonly T[]) => T[]
}

/** Mulberry32: 32 bits of state, good enough to stir tests. */
export function seeded (seed: number): Random {
  let state = seed >>> 0
  function next (): number {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    below,
    once: times => below(times) === 0,
    pick: items => items[below(items.length)],
    some: items => items.filter(() => below(2) === 0)
  }
}
