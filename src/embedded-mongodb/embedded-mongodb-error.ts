/** Why the embedded engine refuses to start, or stopped for good. */
export type EmbeddedMongodbErrorCode =
  | 'PLATFORM_UNSUPPORTED' // this operating system, processor or C library can't run the engine
  | 'ENGINE_NOT_INSTALLED' // the optional package is not there
  | 'ENGINE_UNUSABLE' // the engine's files are there, but can't be adapted or loaded
  | 'DATA_DIRECTORY_UNUSABLE' // foreign, not writable, or on a disk that is nearly full
  | 'DATA_DIRECTORY_IN_USE' // another process holds it
  | 'SOCKET_UNUSABLE' // no private place for the socket, or its path is too long
  | 'ENGINE_STOPPED' // the engine ended and did not come back

/** `message` is one sentence (or two) for the person who starts the exchange: what is wrong, and what to do. */
export class EmbeddedMongodbError extends Error {
  readonly code: EmbeddedMongodbErrorCode

  constructor (code: EmbeddedMongodbErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EmbeddedMongodbError'
    this.code = code
  }
}

/** The `code` of a Node system error (`ENOENT` ...), or undefined for any other value. */
export function systemErrorCode (error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
