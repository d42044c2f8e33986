import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createKnownHashes } from '../../../src/services/identity/known-hashes.js'

const START = Date.parse('2026-11-21T12:00:00Z')

const characters = fc.constantFrom(...'abcXYZ019-_.')
const heads = fc.string({ unit: characters, maxLength: 40 })
const secrets = fc.string({ unit: characters, minLength: 43, maxLength: 43 })

function start (at = START) {
  const clock = { at }
  const hashes = createKnownHashes({ secretStart: credential => Math.max(0, credential.length - 43), now: () => clock.at, random: randomBytes })
  return { clock, hashes }
}

t.test('a credential is found, and none that differs from it anywhere', async t => {
  const { hashes } = start()
  fc.assert(fc.property(heads, secrets, fc.nat(), characters, (head, secret, place, other) => {
    const credential = head + secret
    hashes.find(credential)
    hashes.remember(credential, `hash of ${credential}`)
    t.equal(hashes.find(credential), `hash of ${credential}`)
    const at = place % credential.length
    const changed = credential.slice(0, at) + (credential[at] === other ? '~' : other) + credential.slice(at + 1)
    t.equal(hashes.find(changed), undefined, 'one character')
    t.equal(hashes.find(`${credential}a`), undefined, 'one more')
    t.equal(hashes.find(`a${credential}`), undefined, 'one more in front')
    t.equal(hashes.find(credential.slice(1)), undefined, 'one less')
    t.equal(hashes.find(String.fromCharCode(0x100 + credential.charCodeAt(0)) + credential.slice(1)), undefined, 'another with the same lower byte')
  }))
})

t.test('two characters in each other\'s place make another secret', async t => {
  const { hashes } = start()
  const secret = Array.from({ length: 43 }, (_, i) => String.fromCharCode(48 + i)).join('')
  hashes.find(secret)
  hashes.remember(secret, 'hash')
  for (let i = 1; i < secret.length; i++) {
    t.equal(hashes.find(secret.slice(0, i - 1) + secret.charAt(i) + secret.charAt(i - 1) + secret.slice(i + 1)), undefined)
  }
})

t.test('everything is forgotten after some seconds, and when the clock is set back', async t => {
  const credential = 'esgx_a-client_' + 's'.repeat(43)
  for (const later of [10_000, -1]) {
    const { hashes, clock } = start()
    hashes.find(credential)
    hashes.remember(credential, 'hash')
    clock.at += later === -1 ? 0 : later - 1
    t.equal(hashes.find(credential), 'hash')
    clock.at = START + later
    t.equal(hashes.find(credential), undefined)
  }
})

t.test('a secret part that is too long is neither kept nor found', async t => {
  const hashes = createKnownHashes({ secretStart: () => 1, now: () => START, random: randomBytes })
  for (const [length, found] of [[129, 'hash'], [130, undefined]] as const) {
    const credential = 'x'.repeat(length)
    hashes.find(credential)
    hashes.remember(credential, 'hash')
    t.equal(hashes.find(credential), found)
  }
})
