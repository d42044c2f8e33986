import { Type } from 'typebox'
import { PATTERNS } from '../patterns.js'
import { closedObject, date, enumeration, httpsUri, string, text } from '../schema-parts.js'

const Certification = closedObject({
  name: 'certification',
  title: 'Certification',
  description: 'One label or certificate that the product holds. The register or the certificate itself is the evidence.'
}, {
  scheme: enumeration(['epeat', 'epeatClimatePlus', 'tcoCertified', 'energyStar', 'blueAngel', 'euEcolabel', 'nordicSwan', 'ul2809', 'other'], {
    title: 'Scheme',
    description: 'epeat: EPEAT registration; epeatClimatePlus: EPEAT Climate+ designation, beside an EPEAT registration; tcoCertified: TCO Certified; energyStar: ENERGY STAR; blueAngel: Blue Angel; ' +
      'euEcolabel: EU Ecolabel; nordicSwan: Nordic Swan; ul2809: recycled content validated to UL 2809; other: another scheme, named in schemeName.'
  }),
  schemeName: Type.Optional(text({ title: 'Name of the scheme', description: 'Names the scheme where it is another one.' })),
  tier: Type.Optional(enumeration(['bronze', 'silver', 'gold'], { title: 'Tier', description: 'EPEAT tier. Required for EPEAT.', source: 'EPEAT' })),
  generation: Type.Optional(string({ minLength: 1, maxLength: 20, pattern: PATTERNS.trimmed.pattern }, {
    title: 'Generation', description: 'Generation of the scheme. Required for TCO Certified.', source: 'TCO Certified', examples: ['10']
  })),
  criteriaVersion: Type.Optional(text({ title: 'Criteria', description: 'Version of the criteria that were met.', examples: ['8.0', 'DE-UZ 78'] })),
  registrationId: Type.Optional(text({ title: 'Registration', description: 'Number of the certificate or registration.' })),
  countries: Type.Optional(Type.Array(string({ pattern: PATTERNS.country.pattern }, {
    title: 'Country', description: 'Country in which the registration holds (ISO 3166-1 alpha-2).'
  }), {
    minItems: 1,
    maxItems: 250,
    uniqueItems: true,
    title: 'Countries',
    description: 'Countries in which the registration holds; EPEAT registers products for each country on its own.',
    'x-source': 'EPEAT',
    examples: [['DE', 'FR']]
  })),
  validFrom: Type.Optional(date({ title: 'Valid from', description: 'First day on which the certificate is valid.' })),
  validTo: Type.Optional(date({ title: 'Valid to', description: 'Last day on which the certificate is valid.' })),
  evidenceUri: Type.Optional(httpsUri({ title: 'Evidence', description: 'Address of the certificate or of the entry in the register.' }))
})

export const Certifications = Type.Array(Certification, {
  minItems: 1, maxItems: 50, title: 'Certifications', description: 'Labels and certificates that the product holds.'
})
