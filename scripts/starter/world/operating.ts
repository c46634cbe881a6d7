import { type Topic, topic } from './topic.ts'

/** Topics of failures, and of how a pool is kept. */
export const OPERATING: readonly Topic[] = [
  topic('The job goes back to the queue and goes on from its last checkpoint.', {
    asked: [
      'What happens if a node dies during training?',
      'What if the node dies while it trains?',
      'Is my training lost if a node dies?',
      'What happens to a job when its node fails?',
      'What if training is interrupted?',
    ],
  }),
  topic('The answer goes on at another node, without a gap and without a repeat.', {
    asked: [
      'What happens if a node dies during an answer?',
      'What if a node dies while it streams?',
      'Is my answer lost if a node dies?',
      'What happens to a stream when its node fails?',
      'What if I unplug a node in the middle of an answer?',
    ],
  }),
  topic('You get status 503 and a header Retry-After that says when to try again.', {
    asked: [
      'What happens when all nodes are busy?',
      'What if every node is busy?',
      'What if the pool is full?',
      'What do I get when no node is free?',
    ],
  }),
  topic('The key is missing or wrong.', {
    things: ['status 401', 'error 401', 'a 401'],
    asked: ['Why do I get 401?', 'Why do I get a 401?', 'I get status 401. Why?'],
  }),
  topic('The key may not do that.', {
    things: ['status 403', 'error 403', 'a 403'],
    asked: ['Why do I get 403?', 'Why do I get a 403?', 'I get status 403. Why?'],
  }),
  topic('There were too many requests. Wait as long as Retry-After says.', {
    things: ['status 429', 'error 429', 'a 429'],
    asked: ['Why do I get 429?', 'Why do I get a 429?', 'I get status 429. Why?'],
  }),
  topic('Set stream to true. The answer comes as server-sent events.', {
    ways: ['stream an answer', 'stream answers', 'turn on streaming', 'get a stream', 'stream the output'],
    asked: ['Does Switchyard stream?', 'Can answers be streamed?'],
  }),
  topic('The edge listens on port 8787.', {
    things: ['the port', 'the default port', 'the port of the edge'],
    asked: ['Which port does it use?', 'On which port does the edge listen?', 'Which port is used?'],
  }),
  topic('Set the base URL to your edge with /v1 behind it, and use your key.', {
    ways: [
      'use the OpenAI SDK',
      'use the openai client',
      'point the OpenAI SDK at Switchyard',
      'use the OpenAI client',
    ],
    things: ['the base URL'],
    asked: ['Does the OpenAI SDK work?', 'Can I use the openai client?'],
  }),
  topic('Nodes run models in GGUF files.', {
    things: ['the model format', 'the format of models'],
    asked: [
      'Which models can a node run?',
      'Which file format do models need?',
      'What format do models have?',
    ],
  }),
  topic('No. A node needs Node.js alone.', {
    asked: [
      'Do I need Python?',
      'Does a node need Python?',
      'Do I need Kubernetes?',
      'Is Python needed?',
      'Is Kubernetes needed?',
      'Do I need Docker?',
    ],
  }),
  topic('A dataset is a table of rows to ask questions about or to train on.', {
    things: ['a dataset', 'datasets'],
  }),
  topic('It is at /v1/docs, and every surface has its own at /docs.', {
    things: ['the address of the docs'],
    ways: ['find the docs', 'read the documentation', 'find the documentation', 'find the API docs'],
    asked: ['Where are the docs?', 'Where is the documentation?', 'Where can I read the API docs?'],
  }),
  topic('Rows are in D1, files in R2, and what is live in Durable Objects.', {
    asked: [
      'Where is my data stored?',
      'Where does Switchyard store data?',
      'Where are files stored?',
      'What storage does Switchyard use?',
    ],
  }),
  topic('A workspace is your own tree of files in R2.', {
    things: ['a workspace', 'the workspace', 'workspaces'],
  }),
  topic('Drain it: it ends its calls and takes no new ones.', {
    ways: ['take out a node', 'remove a node', 'drain a node', 'take a node away'],
    things: ['draining'],
    asked: ['What does draining a node mean?'],
  }),
  topic('Look at the page Usage of the console, or send a GET to /v1/usage.', {
    ways: ['see my usage', 'see how many tokens I used', 'check my usage', 'look at my usage'],
    asked: ['Where can I see my usage?', 'Which endpoint shows usage?'],
  }),
  topic('Send a GET to /health.', {
    ways: ['check the health', 'check whether Switchyard is up', 'see if it is healthy'],
    things: ['the health endpoint'],
    asked: ['Is there a health check?', 'Which endpoint shows the health?'],
  }),
  topic('Start a node with --model and a GGUF file or a Hugging Face address.', {
    ways: [
      'use another model',
      'use a bigger model',
      'load my own model',
      'run a larger model',
      'use a different model',
      'change the model',
    ],
    asked: ['Can I use a bigger model?', 'Can I run my own model?'],
  }),
  topic('The console is at /console/. There you chat, train and look at nodes.', {
    things: ['the console', 'the Switchyard console'],
    ways: ['open the console', 'find the console'],
    asked: ['Where is the console?', 'What can I do in the console?'],
  }),
  topic('An agent answers in steps and uses tools, such as search and a calculator.', {
    things: ['an agent', 'agents', 'an agent run'],
    ways: ['use an agent', 'start an agent'],
    asked: ['What does an agent do?'],
  }),
  topic('Add the address of the edge with /mcp to your client, and your key.', {
    ways: ['use MCP', 'connect an MCP client', 'use the MCP server'],
    asked: ['Does Switchyard speak MCP?', 'Where is the MCP server?'],
  }),
  topic('A webhook is a call that Switchyard makes to your server when something has happened.', {
    things: ['a webhook', 'webhooks'],
    ways: ['hear of finished jobs', 'get told when a job ends'],
  }),
]
