/** Client credentials in HTTP Basic (RFC 7617), encoded as RFC 6749 section 2.3.1 asks. */
import { OAuthError } from '../services/identity/oauth-error.js'

const BASIC = /^Basic +([A-Za-z0-9+/=_-]+) *$/i

/**
 * @returns undefined without an `Authorization` header
 * @throws OAuthError `invalid_client` for a header that holds no Basic credential
 */
export function basicCredentials (authorization: string | undefined): { clientId: string, clientSecret: string } | undefined {
  if (authorization === undefined) return undefined
  const encoded = BASIC.exec(authorization)?.[1]
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon === -1) throw new OAuthError('invalid_client', 'The Authorization header is not HTTP Basic with a client id and a secret.')
  return { clientId: formDecoded(decoded.slice(0, colon)), clientSecret: formDecoded(decoded.slice(colon + 1)) }
}

/** Many clients leave the encoding out; what cannot be decoded is taken as it is. */
function formDecoded (text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
