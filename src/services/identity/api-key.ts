/**
 * The text form of credentials.
 *
 *     api key   = "esgx_" client-id "_" secret
 *     client-id = 3 to 64 of a-z, 0-9 and "-", beginning with a letter or digit
 *     secret    = [ "esgs_" ] and 43 characters of base64url: 32 random bytes
 *
 * The prefix of a secret lets it be recognised where none belongs, so that it is kept out of logs. Secrets of before there was one go on
 * without it.
 *
 * A client id never contains "_" (a secret may), so the first "_" after the prefix ends the client id and an API key can be
 * read in one way only.
 */
const CLIENT_ID = '[a-z0-9][a-z0-9-]{2,63}'
/** Characters of the random part. */
const SECRET_LENGTH = 43
const SECRET = `(?:esgs_)?[A-Za-z0-9_-]{${SECRET_LENGTH}}`

const CLIENT_ID_PATTERN = new RegExp(`^${CLIENT_ID}$`)
const SECRET_PATTERN = new RegExp(`^${SECRET}$`)
const API_KEY_PATTERN = new RegExp(`^esgx_(${CLIENT_ID})_(${SECRET})$`)

/** Random bytes: the entropy of a secret, 256 bits. */
const SECRET_BYTES = 32

/** Random bytes of a generated client id: enough that ids never collide. A client id is public. */
export const CLIENT_ID_BYTES = 10

export interface ClientCredential {
  clientId: string
  clientSecret: string
}

/** @param random that many random bytes from a cryptographic source */
export function newClientSecret (random: (bytes: number) => Buffer): string {
  return `esgs_${random(SECRET_BYTES).toString('base64url')}`
}

export function isClientId (text: string): boolean {
  return CLIENT_ID_PATTERN.test(text)
}

/** @returns null for what cannot be a credential of this exchange */
export function parseCredential (clientId: string, clientSecret: string): ClientCredential | null {
  return isClientId(clientId) && SECRET_PATTERN.test(clientSecret) ? { clientId, clientSecret } : null
}

/** @returns null for what cannot be an API key of this exchange */
export function parseApiKey (key: string): ClientCredential | null {
  const [, clientId, clientSecret] = API_KEY_PATTERN.exec(key) ?? []
  return clientId === undefined || clientSecret === undefined ? null : { clientId, clientSecret }
}

export function formatApiKey ({ clientId, clientSecret }: ClientCredential): string {
  return `esgx_${clientId}_${clientSecret}`
}

/** Where the random part begins in what is an API key. */
export function apiKeySecretStart (key: string): number {
  return Math.max(0, key.length - SECRET_LENGTH)
}
