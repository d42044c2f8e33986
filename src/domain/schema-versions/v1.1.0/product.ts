import { Type } from 'typebox'
import { extendedObject, httpsUri } from '../schema-parts.js'
import { Product as EarlierProduct } from '../v1.0.0/product.js'

export const Product = extendedObject(EarlierProduct, {
  digitalProductPassportUri: Type.Optional(httpsUri({
    title: 'Digital product passport', description: 'Address of the digital product passport.', source: 'schema.org hasDigitalProductPassport; GS1 Digital Link gs1:dpp', examples: ['https://id.example.com/01/09521234543213']
  })),
  warrantyUri: Type.Optional(httpsUri({ title: 'Warranty terms', description: 'Address of the terms of the warranty.', source: 'schema.org warranty' }))
})
