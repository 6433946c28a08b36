// Standard input: {"schemas": {NAME: SCHEMA}, "documents": [{"schema": NAME, "data": …}]}. Standard output: for each document
// what is wrong with it, as a list of texts. A schema that is none ends this.
const Ajv = require('ajv');

const { schemas, documents } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const ajv = new Ajv({ allErrors: true, strictKeywords: true, strictDefaults: true });
const validators = {};
for (const [name, schema] of Object.entries(schemas)) validators[name] = ajv.compile(schema);
const told = documents.map(({ schema, data }) => {
  const validate = validators[schema];
  return validate(data) ? [] : validate.errors.map((error) => `${error.dataPath} ${error.message}`);
});
process.stdout.write(JSON.stringify(told));
