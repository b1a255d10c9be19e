// Times @cloud-copilot/iam-simulate: `node iam-simulate.mjs FOLDER` with the cases on standard input, each the list of its
// simulations. FOLDER has the package, from npm; nothing of it is here.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(join(process.argv[2], 'beside.js'))
const entry = require.resolve('@cloud-copilot/iam-simulate')
const inside = (path) => require(join(dirname(entry), path))
const { version } = require(join(dirname(entry), '../../package.json'))
const { runSimulation } = require(entry)
// What its door leads to, called with policies and request ready. Its other door, runUnsafeSimulation, fails on every
// resource policy in this version.
const { authorize } = inside('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = inside('request/request.js')
const { RequestContextImpl } = inside('requestContext.js')
const { DiscoveryContextKeyConstraints } = inside('context_keys/discoveryContextKeyConstraints.js')
const { loadPolicy } = createRequire(entry)('@cloud-copilot/iam-policy')

const ready = ({ request, identityPolicies, resourcePolicy }) => ({
  request: new AwsRequestImpl(
    request.principal,
    request.resource,
    request.action,
    new RequestContextImpl(request.contextVariables),
  ),
  sessionPolicy: undefined,
  identityPolicies: identityPolicies.map(({ name, policy }) => loadPolicy(policy, { name })),
  serviceControlPolicies: [],
  resourceControlPolicies: [],
  resourcePolicy: loadPolicy(resourcePolicy, { name: 'resource' }),
  permissionBoundaries: undefined,
  vpcEndpointPolicies: undefined,
  simulationParameters: {
    simulationMode: 'Strict',
    discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
  },
  serviceSettings: {},
})

// Each way in: what is made ready once, and what is asked each time.
const ways = [
  ['its evaluator, policies and request ready', ready, (check) => authorize(check).result],
  [
    '`runSimulation`',
    (check) => check,
    async (check) => {
      const answer = await runSimulation(check, {})
      if (answer.resultType === 'error') throw new Error(JSON.stringify(answer.errors))
      return answer.overallResult
    },
  ],
]

const BATCHES = 25
const BATCH = 20e6

const time = async (decide) => {
  const batch = async (rounds) => {
    const start = process.hrtime.bigint()
    for (let round = 0; round < rounds; round++) {
      // Only what is asynchronous is waited for.
      const answer = decide()
      if (answer instanceof Promise) await answer
    }
    return Number(process.hrtime.bigint() - start)
  }
  // The compiler has to have seen it first.
  await batch(2000)
  let rounds = 1
  while ((await batch(rounds)) < BATCH) rounds *= 2
  let shortest = Infinity
  for (let number = 0; number < BATCHES; number++) shortest = Math.min(shortest, await batch(rounds))
  return shortest / rounds
}

const cases = JSON.parse(readFileSync(0, 'utf8'))
const rows = []
for (const [who, prepare, ask] of ways) {
  const timings = []
  for (const checks of cases) {
    const [read, decrypt] = checks.map(prepare)
    const isAllowed = (answer) => answer === 'Allowed'
    // As everywhere in this run, the second check is asked only where the first allows.
    const decide =
      ask.constructor.name === 'AsyncFunction'
        ? async () => isAllowed(await ask(read)) && isAllowed(await ask(decrypt))
        : () => isAllowed(ask(read)) && isAllowed(ask(decrypt))
    const nanoseconds = await time(decide)
    timings.push({ decision: (await decide()) ? 'allow' : 'deny', nanoseconds })
  }
  rows.push({ who: `iam-simulate ${version}, ${who}`, timings })
}
process.stdout.write(JSON.stringify(rows))
