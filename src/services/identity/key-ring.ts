/**
 * The signing keys of the exchange as one process holds them. They rotate by themselves, in whatever process reads them first when the
 * time has come: the next key is published {@link PUBLISHED_AHEAD_MS} before it signs, so that whoever verifies tokens has it by
 * then, and the one before is published until its last token has ended, and then removed with its private half.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey } from 'jose'
import type { SigningKey, SigningKeysRepository } from '../../storage/signing-keys-repository.js'

/** Anybody may keep the published keys for five minutes, and clocks differ; this is ample (milliseconds). */
export const PUBLISHED_AHEAD_MS = 12 * 3_600_000

/** Once its successor has signed for this long no token of a key is valid any more, though clocks differ: tokens live for 15 minutes (milliseconds). */
export const RETIRED_AFTER_MS = 2 * 3_600_000

/** A key that was removed from the database is no longer trusted after this time (milliseconds). */
const MAX_AGE_MS = 30_000

/**
 * An unknown `kid` makes us look for a key that another process has just added, but not more often than this
 * (milliseconds): made-up tokens must not become database reads.
 */
const MIN_REREAD_MS = 1_000

export interface PublicJwk {
  kty: string
  crv: string
  x: string
  y: string
  kid: string
  alg: 'ES256'
  use: 'sig'
}

interface LoadedKey {
  kid: string
  /** Milliseconds since 1970. */
  signsFrom: number
  publicKey: CryptoKey
  privateKey: CryptoKey
  publicJwk: PublicJwk
}

interface KeySet {
  readAt: number
  /** Newest first, at least one. All of them verify. */
  keys: readonly LoadedKey[]
  byKid: ReadonlyMap<string, LoadedKey>
}

export type KeyRing = ReturnType<typeof createKeyRing>

/**
 * @param options.now milliseconds since 1970
 * @param options.rotationMs for how long a key signs
 */
export function createKeyRing ({ signingKeys, now, rotationMs }: { signingKeys: SigningKeysRepository, now: () => number, rotationMs: number }) {
  let current: KeySet | null = null
  let reading: Promise<KeySet> | null = null

  async function read (): Promise<KeySet> {
    const readAt = now()
    let stored = await signingKeys.listNewest()
    const [newest] = stored
    if (newest === undefined) {
      await add(1, readAt, readAt)
      stored = await signingKeys.listNewest()
    } else if (readAt >= signsFromOf(newest) + rotationMs - PUBLISHED_AHEAD_MS) {
      // After a long pause the next key is due already, and is published ahead all the same.
      await add(newest.number + 1, readAt, readAt + PUBLISHED_AHEAD_MS)
      stored = await signingKeys.listNewest()
    }
    const retired = stored.findIndex(key => signsFromOf(key) + RETIRED_AFTER_MS <= readAt) + 1
    const kept = retired === 0 ? stored : stored.slice(0, retired)
    if (kept.length < stored.length) await signingKeys.removeBelow(kept.at(-1)?.number ?? 0)
    const keys = await Promise.all(kept.map(loadKey))
    if (keys.length === 0) throw new Error('The signing key that was just stored cannot be read back.')
    current = { readAt, keys, byKid: new Map(keys.map(key => [key.kid, key])) }
    return current
  }

  /** Whether our key or that of another process was first: what the database holds afterwards is the truth. */
  async function add (number: number, createdAt: number, signsFrom: number): Promise<void> {
    await signingKeys.add(await newKey(number, new Date(createdAt), new Date(signsFrom)))
  }

  /** The keys, read at most `maxAge` milliseconds ago. */
  function keysOfAge (maxAge: number): KeySet | Promise<KeySet> {
    if (current !== null && Math.abs(now() - current.readAt) < maxAge) return current
    reading ??= read().finally(() => { reading = null })
    return reading
  }

  return {
    /** The key that signs new tokens: the newest whose time has come. */
    async signingKey (): Promise<{ kid: string, privateKey: CryptoKey }> {
      const { keys } = await keysOfAge(MAX_AGE_MS)
      const at = now()
      return keys.find(({ signsFrom }) => signsFrom <= at) ?? keys.at(-1) as LoadedKey
    },

    /** The public key named by a token; null when there is none. */
    async verificationKey (kid: string): Promise<CryptoKey | null> {
      const known = (await keysOfAge(MAX_AGE_MS)).byKid.get(kid)
      if (known !== undefined) return known.publicKey
      return (await keysOfAge(MIN_REREAD_MS)).byKid.get(kid)?.publicKey ?? null
    },

    /** Every public key whose tokens are accepted (RFC 7517 set). */
    async publicKeys (): Promise<{ keys: PublicJwk[] }> {
      const { byKid } = await keysOfAge(MAX_AGE_MS)
      return { keys: [...byKid.values()].map(key => key.publicJwk) }
    }
  }
}

/**
 * ES256: every JWT library verifies it, its tokens are short, and it signs far faster than RSA. (RFC 9068
 * section 2.1 asks for RS256 besides; who issues and who accepts are the same party here, so it is left out.)
 */
async function newKey (number: number, createdAt: Date, signsFrom: Date): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(publicKey) as Record<string, string>
  const privateJwk = await exportJWK(privateKey) as Record<string, string>
  return { number, kid: await calculateJwkThumbprint(publicJwk), algorithm: 'ES256', publicJwk, privateJwk, createdAt, signsFrom }
}

function signsFromOf ({ signsFrom, createdAt }: SigningKey): number {
  return (signsFrom ?? createdAt).getTime()
}

async function loadKey (key: SigningKey): Promise<LoadedKey> {
  const { kid, algorithm, publicJwk, privateJwk } = key
  const { kty = '', crv = '', x = '', y = '' } = publicJwk
  return {
    kid,
    signsFrom: signsFromOf(key),
    publicKey: await importJWK({ ...publicJwk }, algorithm) as CryptoKey,
    privateKey: await importJWK({ ...privateJwk }, algorithm) as CryptoKey,
    // Named member by member: no private part can ever slip into what is published.
    publicJwk: { kty, crv, x, y, kid, alg: algorithm, use: 'sig' }
  }
}
