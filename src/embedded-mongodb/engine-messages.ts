/** What the engine's process tells its supervisor over the IPC channel. */
export type EngineMessage =
  | { type: 'ready' }
  | { type: 'failed', reason: EngineFailure, message: string }
  | { type: 'protocol-error', message: string }

export type EngineFailure = 'LOAD' | 'OPEN' | 'IN_USE' | 'LISTEN'

/** Command line of the engine's process. */
export type EngineArguments = [nativeLibrary: string, dataDirectory: string, socketPath: string, cacheMegabytes: string]
