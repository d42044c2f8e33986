import { isOlder, parseVersion } from './platform.js'

/** A symbol whose reference was changed, e.g. `__isoc23_strtoul@GLIBC_2.38` to `strtoul@GLIBC_2.2.5`. */
export interface RetargetedSymbol {
  from: string
  to: string
}

/** The binary can't be adapted; `message` is the reason, without a file name. */
export class ElfError extends Error {
  override name = 'ElfError'
}

/** glibc 2.38 renamed the number parsers for C23's binary literals; the older ones carry the same name without this. */
const C23_PREFIX = '__isoc23_'
/** Symbols that kept their name and got a new version only (`fmod` lost its error-handling wrapper in 2.38). */
const SAME_NAME_IN_OLDER_GLIBC = new Set(['fmod'])
/** The oldest symbol version of each processor's glibc, where every symbol concerned exists as well. */
const BASE_VERSION: Record<number, string> = { 62: 'GLIBC_2.2.5', 183: 'GLIBC_2.17' }

const SEGMENT = { LOAD: 1, DYNAMIC: 2 }
const SECTION_DYNSYM = 11
const DYNAMIC = { STRTAB: 5, SYMTAB: 6, VERSYM: 0x6ffffff0, VERNEED: 0x6ffffffe, VERNEEDNUM: 0x6fffffff }
const SYMBOL_SIZE = 24

interface NeededVersion {
  file: string
  name: string
  /** Offset of the entry (Elf64_Vernaux) in the file. */
  at: number
  hash: number
  nameOffset: number
  /** The number by which symbols refer to this entry. */
  index: number
}

/**
 * Points the undefined symbols of a 64-bit ELF library that need a glibc newer than `glibcVersion` ("2.36") to their older equivalents,
 * in place. Only references change, no code. Throws ElfError, leaving the buffer in an unspecified state, when the file is not such a
 * library or needs a symbol that has no known older equivalent.
 */
export function retargetToGlibc (library: Buffer, glibcVersion: string): RetargetedSymbol[] {
  try {
    return retarget(library, glibcVersion)
  } catch (error) {
    // A damaged file leads outside the buffer.
    if (error instanceof RangeError) throw new ElfError('it is damaged: one of its tables lies outside the file', { cause: error })
    throw error
  }
}

function retarget (library: Buffer, glibcVersion: string): RetargetedSymbol[] {
  const target = parseVersion(glibcVersion)
  if (target === undefined) throw new ElfError(`"${glibcVersion}" is not a version of glibc`)
  const elf = openElf(library)
  const needed = elf.neededVersions()
  const retargeted: RetargetedSymbol[] = []

  for (const tooNew of needed.filter(({ name }) => isGlibcNewerThan(name, target))) {
    const base = needed.find(({ file, name }) => file === tooNew.file && name === elf.baseVersion)
    if (base === undefined) throw new ElfError(`it uses nothing of ${elf.baseVersion} in ${tooNew.file} that could replace ${tooNew.name}`)

    for (const symbol of elf.symbolsOfVersion(tooNew.index)) {
      const name = olderName(symbol.name)
      if (symbol.defined || name === undefined) throw new ElfError(`no older equivalent of ${symbol.name}@${tooNew.name} is known`)
      // A name is the offset of its first character: the older name is the tail of the newer one.
      library.writeUInt32LE(symbol.nameOffset + symbol.name.length - name.length, symbol.at)
      library.writeUInt16LE(base.index, symbol.versionAt)
      retargeted.push({ from: `${symbol.name}@${tooNew.name}`, to: `${name}@${base.name}` })
    }
    // The loader checks every needed version, used or not: let this one ask for the base version as well.
    library.writeUInt32LE(base.hash, tooNew.at)
    library.writeUInt32LE(base.nameOffset, tooNew.at + 8)
  }
  return retargeted
}

function olderName (name: string): string | undefined {
  if (name.startsWith(C23_PREFIX)) return name.slice(C23_PREFIX.length)
  return SAME_NAME_IN_OLDER_GLIBC.has(name) ? name : undefined
}

function isGlibcNewerThan (versionName: string, target: readonly [number, number]): boolean {
  if (!versionName.startsWith('GLIBC_')) return false
  const version = parseVersion(versionName.slice('GLIBC_'.length))
  return version !== undefined && isOlder(target, version)
}

function openElf (library: Buffer) {
  if (library.length < 64 || library.readUInt32BE(0) !== 0x7f454c46) throw new ElfError('it is not an ELF file')
  if (library[4] !== 2 || library[5] !== 1) throw new ElfError('it is not a 64-bit little-endian ELF file')
  const baseVersion = BASE_VERSION[library.readUInt16LE(0x12)]
  if (baseVersion === undefined) throw new ElfError('it is for another processor than x64 or arm64')

  const word = (offset: number): number => Number(library.readBigUInt64LE(offset))
  const segments = table(word(0x20), library.readUInt16LE(0x36), library.readUInt16LE(0x38))
    .map(at => ({ type: library.readUInt32LE(at), offset: word(at + 8), address: word(at + 16), size: word(at + 32) }))
  const sections = table(word(0x28), library.readUInt16LE(0x3a), library.readUInt16LE(0x3c))

  const dynamicSegment = segments.find(({ type }) => type === SEGMENT.DYNAMIC)
  if (dynamicSegment === undefined) throw new ElfError('it is not a dynamic library')
  const dynamic = new Map<number, number>()
  for (let at = dynamicSegment.offset; at < dynamicSegment.offset + dynamicSegment.size; at += 16) dynamic.set(word(at), word(at + 8))

  const dynamicSymbols = sections.find(at => library.readUInt32LE(at + 4) === SECTION_DYNSYM)
  if (dynamicSymbols === undefined) throw new ElfError('it has no table of dynamic symbols')
  const symbolCount = word(dynamicSymbols + 32) / SYMBOL_SIZE

  const names = fileOffset(entry(DYNAMIC.STRTAB))
  const symbols = fileOffset(entry(DYNAMIC.SYMTAB))
  const symbolVersions = fileOffset(entry(DYNAMIC.VERSYM))
  const versionNeeds = fileOffset(entry(DYNAMIC.VERNEED))
  const versionNeedCount = entry(DYNAMIC.VERNEEDNUM)

  function entry (tag: number): number {
    const value = dynamic.get(tag)
    if (value === undefined) throw new ElfError(`its dynamic section lacks entry 0x${tag.toString(16)}`)
    return value
  }

  function fileOffset (address: number): number {
    const segment = segments.find(s => s.type === SEGMENT.LOAD && address >= s.address && address < s.address + s.size)
    if (segment === undefined) throw new ElfError('it is damaged: one of its tables is not in the file')
    return address - segment.address + segment.offset
  }

  function nameAt (nameOffset: number): string {
    const start = names + nameOffset
    const end = library.indexOf(0, start)
    if (start >= library.length || end === -1) throw new ElfError('it is damaged: a name lies outside the file')
    return library.toString('latin1', start, end)
  }

  function neededVersions (): NeededVersion[] {
    const versions: NeededVersion[] = []
    let file = versionNeeds
    for (let i = 0; i < versionNeedCount; i++) {
      const fileName = nameAt(library.readUInt32LE(file + 4))
      const count = library.readUInt16LE(file + 2)
      let at = file + library.readUInt32LE(file + 8)
      for (let j = 0; j < count; j++) {
        const nameOffset = library.readUInt32LE(at + 8)
        versions.push({
          file: fileName,
          name: nameAt(nameOffset),
          at,
          hash: library.readUInt32LE(at),
          nameOffset,
          index: library.readUInt16LE(at + 6)
        })
        at += library.readUInt32LE(at + 12)
      }
      file += library.readUInt32LE(file + 12)
    }
    return versions
  }

  function * symbolsOfVersion (versionIndex: number) {
    for (let i = 1; i < symbolCount; i++) {
      const versionAt = symbolVersions + 2 * i
      if ((library.readUInt16LE(versionAt) & 0x7fff) !== versionIndex) continue
      const at = symbols + SYMBOL_SIZE * i
      const nameOffset = library.readUInt32LE(at)
      yield { at, versionAt, nameOffset, name: nameAt(nameOffset), defined: library.readUInt16LE(at + 6) !== 0 }
    }
  }

  return { baseVersion, neededVersions, symbolsOfVersion }
}

function table (start: number, entrySize: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + i * entrySize)
}
