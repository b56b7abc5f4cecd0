// Validates GCN alerts, one JSON a line on standard input, by the schema that each names and by
// CHIME/FRB's. Prints a line a fault; exit status 1 if there is any, or no alert at all.
//
//   node validate.mjs < alerts.jsonl
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import Ajv from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const require = createRequire(import.meta.url)
const root = path.join(path.dirname(require.resolve('@nasa-gcn/schema/package.json')), 'gcn')
const ajv = new Ajv({ allErrors: true, strict: false })
formats(ajv)
for (const file of readdirSync(root, { recursive: true })) {
  if (file.endsWith('.schema.json')) ajv.addSchema(JSON.parse(readFileSync(path.join(root, file))))
}
const chime = 'https://gcn.nasa.gov/schema/v7.2.3/gcn/notices/chime/frb.schema.json'
const alerts = readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
let faults = 0
for (const alert of alerts) {
  for (const schema of [alert.$schema, chime]) {
    const validate = ajv.getSchema(schema)
    if (validate?.(alert)) continue
    faults += 1
    console.log(`${JSON.stringify(alert.id)}: ${schema}: ${ajv.errorsText(validate?.errors)}`)
  }
}
console.log(`${alerts.length} alerts, ${faults} faults`)
process.exit(alerts.length > 0 && faults === 0 ? 0 : 1)
