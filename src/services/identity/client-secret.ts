/** Hashing and comparing client secrets. */
import { hash, timingSafeEqual } from 'node:crypto'
import { MAX_SECRETS_PER_CLIENT, type Client, type ClientSecret } from '../../domain/organization.js'

/**
 * SHA-256, a fast hash, is right for these secrets: slow hashes (Argon2, bcrypt) exist to make guessing human passwords
 * expensive, and nobody guesses 256 random bits at any speed. A slow hash would only cost us time on every request and
 * hand attackers a way to keep our processors busy.
 */
export function hashSecret (secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

/** Takes the place of a missing hash in comparisons; nothing hashes to it. */
const NO_HASH = Buffer.alloc(32)

/**
 * The client's secret that was presented, if it may be used at this moment. Unknown client, wrong, expired or disabled: the
 * same hashing and the same number of constant-time comparisons happen, so the time taken tells nothing apart.
 */
export function matchSecret (client: Client | null, presented: string, at: Date): ClientSecret | null {
  const presentedHash = hashSecret(presented)
  let match: ClientSecret | null = null
  for (let i = 0; i < MAX_SECRETS_PER_CLIENT; i++) {
    const secret = client?.secrets[i]
    const equal = timingSafeEqual(presentedHash, secret?.hash ?? NO_HASH)
    if (equal && secret !== undefined && isBefore(at, secret.expiresAt)) match = secret
  }
  return client !== null && isEnabled(client, at) ? match : null
}

export function isEnabled (client: Client, at: Date): boolean {
  return isBefore(at, client.disabledAt) && isBefore(at, client.expiresAt)
}

function isBefore (at: Date, end: Date | undefined): boolean {
  return end === undefined || at < end
}
