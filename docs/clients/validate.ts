/** Judges records on the spot by the published JSON Schema, with Ajv. Rules between fields are applied by the exchange alone. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const exchange = process.env['EXCHANGE_URL'] ?? 'http://127.0.0.1:3000'
const schema = await (await fetch(`${exchange}/v1/schemas/product-sustainability-attributes/1.0.0`)).json()

const ajv = new Ajv2020({ allErrors: true })
formats.default(ajv)
const fits = ajv.compile(schema)

const record = {
  schemaVersion: '1.0.0',
  validFrom: '2026-02-30',
  product: { manufacturerName: 'Norrsken Devices (fictional)', manufacturerPartNumber: 'CLIENT/1#A', modelName: 'Client notebook 14', category: 'laptp', granularity: 'sku' },
  packaging: { provenance: { documentDate: '2026-10', assuranceLevel: 'selfDeclared', dataQuality: { basis: 'measured' } }, totalMassG: '410' }
}
if (!fits(record)) for (const { instancePath, message } of fits.errors ?? []) console.log(`${instancePath} ${message}`)
