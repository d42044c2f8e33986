/** What a place for the bytes of uploaded files offers, whether they lie in the database or on the disk. */

/** Files are read in pieces of this size (bytes), so that any place of a file is reached without what lies before it. */
export const PIECE_BYTES = 1_048_576

/** Takes a file in, from its first byte to its last. Close it whatever happens; only then can the file be removed. */
export interface FileSink {
  /** Resolves when more may be written; rejects when an earlier part could not be stored. The bytes may be used again afterwards. */
  write: (bytes: Buffer) => Promise<void>
  /** Resolves with the size when everything is on disk, and stays there whatever ends. */
  finish: () => Promise<number>
  /** Resolves when nothing is on its way any more, whatever became of it. */
  close: () => Promise<void>
}

export interface FileStore {
  /** @param file an id that the exchange has made: letters, digits and hyphens */
  openSink: (file: string) => FileSink
  /**
   * The bytes from `n` times {@link PIECE_BYTES}, fewer of them at the end of the file; undefined when they are not there.
   *
   * @param room of {@link PIECE_BYTES} that they may be read into
   */
  readPiece: (file: string, n: number, room?: Buffer) => Promise<Buffer | undefined>
  /** Removes the file, if it is there. */
  remove: (file: string) => Promise<void>
}
