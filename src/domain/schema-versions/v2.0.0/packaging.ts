import { Type } from 'typebox'
import { closedObject, enumeration, frameOf } from '../schema-parts.js'
import { PackagingComponent as EarlierPackagingComponent } from '../v1.0.0/packaging.js'
import { Packaging as EarlierPackaging } from '../v1.1.0/packaging.js'
import { evidenced } from './evidence.js'

const PackagingComponent = closedObject(frameOf(EarlierPackagingComponent).component, {
  ...EarlierPackagingComponent.properties,
  level: enumeration(['sales', 'grouped', 'transport', 'eCommerce'], {
    title: 'Level',
    description: 'sales: sales unit; grouped: grouping of sales units; transport: transport packaging; eCommerce: transport packaging for delivery to the end user of an online sale.',
    source: 'Regulation (EU) 2025/40, Article 3'
  })
})

export const Packaging = evidenced(EarlierPackaging, {
  component: { ...frameOf(EarlierPackaging).component, description: 'Packaging of one piece of the product. At least one field besides the evidence is given.' },
  added: {
    components: Type.Optional(Type.Array(PackagingComponent, {
      minItems: 1, maxItems: 100, title: 'Components', description: 'The parts of the packaging; the list may be partial.'
    }))
  }
})
