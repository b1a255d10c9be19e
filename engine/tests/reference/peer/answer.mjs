// Answers requests with @cloud-copilot/iam-simulate: a line of JSON each, in and out. The folder that it is installed in is
// the first argument.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const { runSimulation } = createRequire(process.argv[2] + '/')('@cloud-copilot/iam-simulate')

async function answer(simulation) {
  try {
    const said = await runSimulation(simulation, {})
    if (said.resultType === 'error') return { refused: said.errors }
    return { decision: said.overallResult, ignored: said.result?.ignoredContextKeys ?? [] }
  } catch (error) {
    return { refused: String(error) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n')
}
