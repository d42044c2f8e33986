import t from 'tap'
import { compileAddressList, isAddressRange, isRangeWithin, networkOf } from '../../../src/services/identity/address-list.js'

t.test('addresses and ranges of both families', async t => {
  for (const range of ['203.0.113.7', '203.0.113.0/24', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0', '2001:db8::7/128']) t.ok(isAddressRange(range), range)
  for (const range of ['', 'localhost', '203.0.113', '203.0.113.0/33', '203.0.113.0/', '203.0.113.0/-1', '203.0.113.0/24/8', '2001:db8::/129', '::1%eth0', ' 203.0.113.7', '203.0.113.0/1e1']) {
    t.notOk(isAddressRange(range), range)
  }
})

t.test('an address is on the list or not', async t => {
  const allows = compileAddressList(['203.0.113.0/24', '198.51.100.7', '2001:db8::/32'])
  for (const address of ['203.0.113.255', '::ffff:203.0.113.1', '198.51.100.7', '2001:db8:ffff::1']) t.ok(allows(address), address)
  for (const address of ['203.0.114.0', '::ffff:203.0.114.1', '198.51.100.8', '2001:db9::1', '::1', '', 'unknown']) t.notOk(allows(address), address)
  t.ok(compileAddressList([])('192.0.2.1'), 'an empty list binds to nothing')
  t.notOk(compileAddressList(['nonsense'])('192.0.2.1'), 'one that cannot be read admits nobody')
})

t.test('a range is within others or not', async t => {
  const ranges = ['203.0.113.0/24', '198.51.100.7', '2001:db8::/32']
  for (const range of ['203.0.113.0/24', '203.0.113.128/25', '203.0.113.9', '198.51.100.7/32', '2001:db8:1::/48', '2001:db8::1']) t.ok(isRangeWithin(range, ranges), range)
  for (const range of ['203.0.113.0/23', '203.0.112.0/24', '0.0.0.0/0', '198.51.100.6', '198.51.100.6/31', '2001:db8::/31', '2001:db9::/48', '::/0', 'nonsense']) t.notOk(isRangeWithin(range, ranges), range)
  t.notOk(isRangeWithin('203.0.113.9', []))
  t.notOk(isRangeWithin('203.0.113.9', ['nonsense']))
})

t.test('addresses are counted by their network', async t => {
  t.equal(networkOf('203.0.113.9'), '203.0.113.9')
  t.equal(networkOf('::ffff:203.0.113.9'), '203.0.113.9')
  for (const address of ['2001:db8:1:2::1', '2001:0DB8:1:2:3:4:5:6', '2001:db8:1:2:3::', '2001:db8:1:2::192.0.2.1']) t.equal(networkOf(address), '2001:db8:1:2::/64', address)
  t.equal(networkOf('::1'), '0:0:0:0::/64')
  t.equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64')
  t.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
})
