/**
 * The SHA-256 of credentials that were accepted within the last seconds, found again without computing it: that costs more than
 * all else that is done to find a caller in memory.
 *
 * A multilinear hash takes its place: each character of the secret part times a random coefficient, summed modulo a prime, and the
 * same with other coefficients. It is no cryptographic hash. It is safe here because coefficients and sums are told to nobody: two different
 * secrets of one length have both sums in common with a probability of 2^-62, whatever the secrets are, so one that is tried is taken
 * for one that was accepted once in 2^62 attempts, and the time of a look-up tells nothing about it. The part before the secret (client id,
 * claims) is compared as it is, and only once the sums are those of the secret.
 *
 * No usable credential lies here: two sums tell 62 of at least 256 bits, and sums and coefficients are replaced every few seconds while anybody calls.
 */
/** For how long the coefficients are used (milliseconds). */
const KEEP_MS = 10_000

/** A Mersenne prime, above every UTF-16 unit. */
const PRIME = 2_147_483_647

/** The longest secret part: the signature of a token of ours has 86 characters, and those of RSA are computed anew. */
const MOST_CHARACTERS = 128

/** Terms that can be added up before a sum of products of 31 and 16 bits is no longer exact in a double. */
const EXACT_TERMS = 32

/** Credentials; about 300 bytes each, besides the claims of a token. */
const MOST_KNOWN = 10_000

interface Known {
  /** The credential without its secret part. */
  head: string
  length: number
  secondSum: number
  hash: string
}

/**
 * @param parts.secretStart where in the credential the part begins that nobody can guess
 * @param parts.now milliseconds since 1970
 * @param parts.random that many random bytes from a cryptographic source
 */
export function createKnownHashes ({ secretStart, now, random }: { secretStart: (credential: string) => number, now: () => number, random: (bytes: number) => Buffer }) {
  const coefficients = new Float64Array(2 * MOST_CHARACTERS)
  const known = new Map<number, Known>()
  let since = -Infinity
  let firstSum = 0
  let secondSum = 0

  function begin (at: number): void {
    const bytes = random(8 * coefficients.length)
    // Of 64 bits, so that no remainder is noticeably more frequent than another.
    for (let i = 0; i < coefficients.length; i++) coefficients[i] = Number(bytes.readBigUInt64LE(8 * i) % BigInt(PRIME))
    known.clear()
    since = at
  }

  function sum (credential: string, start: number): void {
    let first = 0
    let second = 0
    for (let i = start, term = 0; i < credential.length; i++, term++) {
      const unit = credential.charCodeAt(i)
      first += (coefficients[2 * term] as number) * unit
      second += (coefficients[2 * term + 1] as number) * unit
      if (term % EXACT_TERMS === EXACT_TERMS - 1) {
        first %= PRIME
        second %= PRIME
      }
    }
    firstSum = first % PRIME
    secondSum = second % PRIME
  }

  return {
    find (credential: string): string | undefined {
      const at = now()
      // A clock that was set back ends it too.
      if (at < since || at - since >= KEEP_MS) begin(at)
      const start = secretStart(credential)
      if (credential.length - start > MOST_CHARACTERS) return undefined
      sum(credential, start)
      const found = known.get(firstSum)
      if (found === undefined || found.secondSum !== secondSum || found.length !== credential.length) return undefined
      return start === found.head.length && credential.startsWith(found.head) ? found.hash : undefined
    },

    /** For a credential that was accepted, after `find` did not have it. */
    remember (credential: string, hash: string): void {
      const start = secretStart(credential)
      if (credential.length - start > MOST_CHARACTERS || known.size >= MOST_KNOWN) return
      sum(credential, start)
      // A copy: a slice would keep all of the credential in memory.
      const head = Buffer.from(credential.slice(0, start)).toString()
      known.set(firstSum, { head, length: credential.length, secondSum, hash })
    }
  }
}
