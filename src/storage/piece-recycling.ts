/**
 * Memory for the pieces of a file that is read once from its beginning to its end: pieces that are done with are read into again. A large file goes through
 * the memory of a process in minutes, and the collector marks everything for every few dozen megabytes that come and go.
 */
import { PIECE_BYTES } from './file-store.js'

/** Pieces that are remembered at once. Lines that are worked on together lie in far fewer, unless most of a file is blank or has no line breaks. */
const MOST_PIECES = 16

export interface PieceRecycling {
  /** Memory to read a piece into, if there is some. */
  room: () => Buffer | undefined
  /** The n-th piece of the file is in these bytes, and they are in use. */
  lend: (n: number, piece: Buffer) => void
  /** Nobody looks at what lies before this place of the file any more. What is not taken back is left to the collector. */
  takeBack: (before: number) => void
}

export function createPieceRecycling (): PieceRecycling {
  const lent: Array<{ end: number, piece: Buffer }> = []
  const spare: Buffer[] = []
  return {
    room: () => spare.pop(),
    lend: (n, piece) => {
      lent.push({ end: (n + 1) * PIECE_BYTES, piece })
      if (lent.length > MOST_PIECES) lent.shift()
    },
    takeBack: before => {
      for (let first = lent[0]; first !== undefined && first.end <= before; first = lent[0]) {
        const { buffer } = first.piece
        // A piece that comes from the database may lie in something larger.
        if (buffer.byteLength === PIECE_BYTES && spare.length < MOST_PIECES) spare.push(Buffer.from(buffer))
        lent.shift()
      }
    }
  }
}
