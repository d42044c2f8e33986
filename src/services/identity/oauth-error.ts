/**
 * A failure of the token endpoint. RFC 6749 section 5.2 fixes the form of its body, `{ error, error_description }`, so it
 * is not one of the exchange's problems: the HTTP layer renders it with {@link oauthErrorBody}, as status 401 with
 * `WWW-Authenticate` for `invalid_client` and as 400 for the others.
 */
export type OAuthErrorCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope'

export class OAuthError extends Error {
  readonly error: OAuthErrorCode

  /** @param description printable ASCII without `"` and `\`, as the RFC demands; so it never repeats what was received */
  constructor (error: OAuthErrorCode, description: string) {
    super(description)
    this.name = 'OAuthError'
    this.error = error
  }
}

export function oauthErrorBody (failure: OAuthError): { error: OAuthErrorCode, error_description: string } {
  return { error: failure.error, error_description: failure.message }
}
