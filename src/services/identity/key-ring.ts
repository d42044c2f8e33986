/** The signing keys of the exchange as one process holds them: created when there is none, read again when needed. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey } from 'jose'
import type { SigningKey, SigningKeysRepository } from '../../storage/signing-keys-repository.js'

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
  publicKey: CryptoKey
  privateKey: CryptoKey
  publicJwk: PublicJwk
}

interface KeySet {
  readAt: number
  /** The newest key: it signs. All of them verify. */
  newest: LoadedKey
  byKid: ReadonlyMap<string, LoadedKey>
}

export type KeyRing = ReturnType<typeof createKeyRing>

/**
 * @param options.now milliseconds since 1970
 */
export function createKeyRing ({ signingKeys, now }: { signingKeys: SigningKeysRepository, now: () => number }) {
  let current: KeySet | null = null
  let reading: Promise<KeySet> | null = null

  async function read (): Promise<KeySet> {
    const readAt = now()
    let stored = await signingKeys.listNewest()
    if (stored.length === 0) {
      // Whether our key or that of another process was first: what the database holds now is the truth.
      await signingKeys.add(await newKey(1, new Date(readAt)))
      stored = await signingKeys.listNewest()
    }
    const loaded = await Promise.all(stored.map(loadKey))
    const [newest] = loaded
    if (newest === undefined) throw new Error('The signing key that was just stored cannot be read back.')
    current = { readAt, newest, byKid: new Map(loaded.map(key => [key.kid, key])) }
    return current
  }

  /** The keys, read at most `maxAge` milliseconds ago. */
  function keysOfAge (maxAge: number): KeySet | Promise<KeySet> {
    if (current !== null && Math.abs(now() - current.readAt) < maxAge) return current
    reading ??= read().finally(() => { reading = null })
    return reading
  }

  return {
    /** The key that signs new tokens. */
    async signingKey (): Promise<{ kid: string, privateKey: CryptoKey }> {
      return (await keysOfAge(MAX_AGE_MS)).newest
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
async function newKey (number: number, createdAt: Date): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(publicKey) as Record<string, string>
  const privateJwk = await exportJWK(privateKey) as Record<string, string>
  return { number, kid: await calculateJwkThumbprint(publicJwk), algorithm: 'ES256', publicJwk, privateJwk, createdAt }
}

async function loadKey ({ kid, algorithm, publicJwk, privateJwk }: SigningKey): Promise<LoadedKey> {
  const { kty = '', crv = '', x = '', y = '' } = publicJwk
  return {
    kid,
    publicKey: await importJWK({ ...publicJwk }, algorithm) as CryptoKey,
    privateKey: await importJWK({ ...privateJwk }, algorithm) as CryptoKey,
    // Named member by member: no private part can ever slip into what is published.
    publicJwk: { kty, crv, x, y, kid, alg: algorithm, use: 'sig' }
  }
}
