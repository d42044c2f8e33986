/**
 * A workbook file (ECMA-376) as the ZIP archive that it is: opened without holding it in memory, refused when it carries
 * macros or links to other files, and never unpacked beyond a bound.
 */
import { pipeline } from 'node:stream/promises'
import { Transform, type Readable } from 'node:stream'
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { ExchangeError } from '../domain/problems.js'

/** A file that can be read at any place. */
export interface RandomAccessFile {
  readonly size: number
  /** The bytes from `start` up to, not including, `end`. */
  readonly read: (start: number, end: number) => Readable
}

export interface WorkbookPackage {
  /** Names of all parts, without a leading slash. */
  readonly parts: ReadonlySet<string>
  /**
   * Reads one part as XML and yields, after each unpacked piece, what `take` gives; rejects with `unusable-file` when the part is
   * damaged or too large.
   */
  readonly readXml: <T>(part: string, maxBytes: number, handlers: XmlHandlers, take: () => T) => AsyncGenerator<T>
}

export interface XmlHandlers {
  open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  text?: (text: string) => void
  close?: (name: string) => void
}

/** A workbook has a few dozen parts; more are an attack or no workbook. */
const MAX_PARTS = 2_000

/** Unpacked, a part may be this many times larger than packed, once it has passed the size up to which nothing can go wrong. */
const MAX_RATIO = 200
const HARMLESS_BYTES = 64 * 1_048_576

/** Text between two tags that is longer than this does not come from a spreadsheet: cells end at 32,767 characters. */
const MAX_TOKEN_BYTES = 4 * 1_048_576

const FORBIDDEN: ReadonlyArray<[RegExp, string]> = [
  [/(^|\/)vbaProject\.bin$|(^|\/)(macrosheets|dialogsheets)\//i, 'The workbook contains macros. Save it as a workbook without macros (.xlsx).'],
  [/(^|\/)(externalLinks\/|connections\.xml$|queryTables\/)/i, 'The workbook contains links to other files or data sources. Replace them by their values and save it again.'],
  [/(^|\/)(activeX|ctrlProps)\/|(^|\/)embeddings\//i, 'The workbook contains embedded objects or controls. Remove them and save it again.']
]

export async function openWorkbookPackage (file: RandomAccessFile): Promise<WorkbookPackage> {
  const zip = await openZip(file)
  const entries = await listEntries(zip)
  for (const name of entries.keys()) {
    for (const [pattern, detail] of FORBIDDEN) if (pattern.test(name)) throw unusable(detail)
  }
  if (!entries.has('[Content_Types].xml') || ![...entries.keys()].some(name => name.startsWith('xl/'))) {
    throw unusable('The file is a ZIP archive, but not a workbook in XLSX format.')
  }

  async function * readXml<T> (part: string, maxBytes: number, handlers: XmlHandlers, take: () => T): AsyncGenerator<T> {
    const entry = entries.get(part)
    if (entry === undefined) throw unusable(`The workbook lacks its part ${part}.`)
    const parser = new SaxesParser()
    let bytesSinceEvent = 0
    let failure: Error | undefined
    parser.on('opentag', (tag: SaxesTagPlain) => {
      bytesSinceEvent = 0
      handlers.open?.(localName(tag.name), tag.attributes)
    })
    parser.on('closetag', tag => {
      bytesSinceEvent = 0
      handlers.close?.(localName(tag.name))
    })
    if (handlers.text !== undefined) parser.on('text', handlers.text)
    parser.on('doctype', () => { failure ??= new Error('it has a document type declaration') })
    parser.on('error', error => { failure ??= error })
    const decoder = new TextDecoder('utf-8', { fatal: true })
    try {
      for await (const chunk of unpack(zip, entry, maxBytes)) {
        bytesSinceEvent += chunk.length
        parser.write(decoder.decode(chunk, { stream: true }))
        if (bytesSinceEvent > MAX_TOKEN_BYTES) failure ??= new Error('a cell is too long')
        if (failure !== undefined) throw failure
        yield take()
      }
      parser.close()
      if (failure !== undefined) throw failure
      yield take()
    } catch (error) {
      if (error instanceof ExchangeError) throw error
      throw unusable(`The workbook is damaged: ${part} cannot be read (${(error as Error).message.slice(0, 120)}).`, error)
    }
  }

  return { parts: new Set(entries.keys()), readXml }
}

export function unusable (detail: string, cause?: unknown): ExchangeError {
  return new ExchangeError('unusable-file', detail, cause === undefined ? {} : { cause })
}

function openZip (file: RandomAccessFile): Promise<ZipFile> {
  // The library takes its source as a subclass.
  const reader = new class extends yauzl.RandomAccessReader {
    override _readStreamForRange (start: number, end: number) { return file.read(start, end) }
  }()
  return new Promise((resolve, reject) => {
    yauzl.fromRandomAccessReader(reader, file.size, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) => {
      if (error === null) resolve(zip)
      else reject(unusable('The file is not a complete workbook: its table of contents, which lies at the end, cannot be read. It may be cut short.', error))
    })
  })
}

function listEntries (zip: ZipFile): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>()
    zip.on('entry', (entry: Entry) => {
      if (entries.size === MAX_PARTS) return reject(unusable(`The workbook has more than ${MAX_PARTS} parts.`))
      if (entry.isEncrypted()) return reject(unusable('The workbook is protected by a password. Save it without one.'))
      entries.set(entry.fileName, entry)
      zip.readEntry()
    })
    zip.on('end', () => resolve(entries))
    zip.on('error', error => reject(unusable('The workbook is damaged: its table of contents cannot be read.', error)))
    zip.readEntry()
  })
}

async function * unpack (zip: ZipFile, entry: Entry, maxBytes: number): AsyncGenerator<Buffer> {
  const tooLarge = () => unusable(`The workbook unpacks to far more than it should: ${entry.fileName} is larger than ${maxBytes} bytes or than ${MAX_RATIO} times its packed size.`)
  const limit = Math.min(maxBytes, Math.max(HARMLESS_BYTES, entry.compressedSize * MAX_RATIO))
  if (entry.uncompressedSize > limit) throw tooLarge()
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => error === null ? resolve(opened) : reject(error))
  })
  let size = 0
  const counted = new Transform({
    transform (chunk: Buffer, _encoding, done) {
      size += chunk.length
      done(size > limit ? tooLarge() : null, chunk)
    }
  })
  const piped = pipeline(stream, counted)
  piped.catch(() => {}) // Whoever reads `counted` sees the same failure.
  try {
    for await (const chunk of counted) yield chunk as Buffer
  } finally {
    counted.destroy()
  }
}

function localName (name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
