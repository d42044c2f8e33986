import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, date, enumeration, httpsUri, partialDate, percent, quantity, string, text } from '../schema-parts.js'

const Verification = closedObject({
  name: 'verification',
  title: 'Verification',
  description: 'Who checked the figures, when, and where that can be seen. Required for assurance level thirdPartyVerified.'
}, {
  verifierName: text({
    title: 'Verifier', description: 'Organisation that verified the data; independent of the manufacturer.', source: 'PACT verification.providerName', examples: ['TÜV Rheinland']
  }),
  standard: Type.Optional(text({ title: 'Standard', description: 'Standard that the verification followed.', examples: ['ISO 14067:2018'] })),
  certificateId: Type.Optional(text({ title: 'Certificate', description: 'Number of the certificate or statement.' })),
  evidenceUri: httpsUri({ title: 'Evidence', description: 'Address of the certificate or verification statement.' }),
  verifiedOn: date({ title: 'Verified on', description: 'Date on which the verification was completed.', source: 'PACT verification.completedAt' }),
  validUntil: Type.Optional(date({ title: 'Valid until', description: 'Last day on which the verification is valid.' }))
})

function dqr (title: string, aspect: string) {
  return quantity('rating', { minimum: 1, maximum: 3 }, {
    title, description: `How well the data fit the product in ${aspect}: 1 is best, 3 is worst. Given for all three aspects or for none.`, source: 'PACT dqi', examples: [2]
  })
}

const DataQuality = closedObject({
  name: 'dataQuality',
  title: 'Data quality',
  description: 'How the figures came about and how well they represent the product.'
}, {
  basis: enumeration(['measured', 'calculated', 'estimated', 'defaultValue'], {
    title: 'Basis',
    description: 'measured on the product; calculated from its own data; estimated, for example by a model of the product family; or a default value.'
  }),
  primaryDataSharePercent: Type.Optional(percent({
    title: 'Primary data share', description: 'Share of the result that rests on primary data, in percent.', source: 'PACT primaryDataShare', examples: [35]
  })),
  technologicalDqr: Type.Optional(dqr('Technological rating', 'technology')),
  geographicalDqr: Type.Optional(dqr('Geographical rating', 'geography')),
  temporalDqr: Type.Optional(dqr('Temporal rating', 'time'))
})

export const Provenance = closedObject({
  name: 'provenance',
  title: 'Provenance',
  description: 'Where the figures of this group come from, who checked them, and how good they are.'
}, {
  sourceDocumentUri: Type.Optional(httpsUri({
    title: 'Source document',
    description: 'Address of the published document that states the figures. Required for assurance level thirdPartyVerified.',
    examples: ['https://example.com/pcf/model-x.pdf']
  })),
  sourceDocumentTitle: Type.Optional(text({ title: 'Title of the source', description: 'Title of the source document.' })),
  sourceDocumentSha256: Type.Optional(string({ pattern: PATTERNS.sha256.pattern }, {
    title: 'SHA-256 of the source', description: 'SHA-256 of the source document as 64 lower-case hexadecimal digits, so that a later change of it can be noticed.'
  })),
  documentDate: partialDate({
    title: 'Document date', description: 'Issue date of the source document, as precise as it states it.', source: 'GS1 cfpDate; ECMA-370 issue date', examples: ['2025-03', '2024']
  }),
  collectionMethod: Type.Optional(enumeration(['vendorSystem', 'manualEntry', 'documentExtraction'], {
    title: 'Collection method', description: 'How the figures got into this record: from a system of the vendor, typed in, or extracted from a document.'
  })),
  assuranceLevel: enumeration(['selfDeclared', 'internallyReviewed', 'thirdPartyVerified'], {
    title: 'Assurance level',
    description: 'Who stands behind the figures: the vendor alone, a review within the vendor, or an independent third party.',
    source: 'GS1 cfpValueVerificationCode'
  }),
  verification: Type.Optional(Verification),
  dataQuality: DataQuality
})
