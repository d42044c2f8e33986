/** What is used of the optional package's native library; described here because the project compiles and runs without that package too. */
export interface NativeLibrary {
  Engine: { open: (dataDirectory: string) => Promise<NativeEngine> }
}

export interface NativeEngine {
  /** Runs one message of MongoDB's wire protocol and answers the reply with what is needed to frame it. */
  roundTrip: (message: Buffer) => Promise<{ requestId: number, moreToCome: boolean, legacy: boolean, response: Buffer }>
  close: () => Promise<void>
}
