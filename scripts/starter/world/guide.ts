import { ABOUT_ITSELF } from './about-itself.ts'
import { OPERATING } from './operating.ts'
import { type Topic, topic } from './topic.ts'

const USING: readonly Topic[] = [
  topic(
    'Switchyard turns GPUs that people already own into one AI API: an edge on Cloudflare Workers, and nodes that run llama.cpp.',
    {
      things: ['Switchyard', 'this project', 'the Switchyard project'],
      asked: ['What does Switchyard do?', 'What is Switchyard for?', 'Why should I use Switchyard?'],
    },
  ),
  topic('Run npm start. It starts the edge on port 8787 and a node with the starter model.', {
    ways: [
      'start Switchyard',
      'run Switchyard',
      'launch Switchyard',
      'get Switchyard running',
      'start the server',
      'start it',
    ],
    asked: ['Which command starts Switchyard?', 'What does npm start do?'],
  }),
  topic('Press Ctrl-C where npm start runs. The edge and its nodes end with it.', {
    ways: ['stop Switchyard', 'shut down Switchyard', 'quit Switchyard', 'end Switchyard', 'stop the server'],
  }),
  topic('Run npm test. It runs every test on this machine.', {
    ways: ['run the tests', 'test Switchyard', 'test the code', 'run all tests'],
    asked: ['Which command runs the tests?', 'What does npm test do?'],
  }),
  topic('Run npm run deploy. It puts the Worker on Cloudflare.', {
    ways: [
      'deploy Switchyard',
      'deploy the Worker',
      'put Switchyard online',
      'deploy to Cloudflare',
      'deploy the edge',
    ],
    asked: ['Which command deploys Switchyard?'],
  }),
  topic(
    'Make a join token as an administrator, then run npm run node with the edge, the token and a model.',
    {
      ways: [
        'add a node',
        'add another node',
        'connect my GPU',
        'join a node',
        'add another machine',
        'add a GPU',
        'connect a new node',
      ],
      asked: ['Which command adds a node?'],
    },
  ),
  topic('A join token is a secret that an administrator makes for a new node. It works once.', {
    things: ['a join token', 'the join token', 'join tokens'],
    ways: ['get a join token', 'make a join token'],
  }),
  topic('A node is a machine that runs llama.cpp and dials out to the edge. It answers and trains.', {
    things: ['a node', 'nodes', 'a Switchyard node'],
    asked: ['What does a node do?', 'What do nodes do?'],
  }),
  topic('The edge is the part on Cloudflare Workers. It checks keys, sets limits, stores and streams.', {
    things: ['the edge', 'the Switchyard edge'],
    asked: ['What does the edge do?', 'What runs on the edge?'],
  }),
  topic('No. A node dials out by a WebSocket, so no port has to be open.', {
    asked: [
      'Do I need to open a port?',
      'Does a node need an open port?',
      'Must I open my firewall?',
      'Do I have to open a port for a node?',
      'Can a node be behind NAT?',
      'Does it work behind a firewall?',
    ],
  }),
  topic('The pool is all nodes together. A question goes to the node that can answer it soonest.', {
    things: ['the pool', 'a pool', 'the pool of nodes'],
    asked: ['What does the pool do?', 'Which node answers my question?'],
  }),
  topic('Make one on the page Keys of the console, or with POST /v1/keys. It is shown once.', {
    ways: [
      'get an API key',
      'create an API key',
      'make a key',
      'get a key',
      'create a new key',
      'make an API key',
    ],
    asked: ['Where do I get a key?', 'Where can I get an API key?'],
  }),
  topic('Send it in the header Authorization, behind the word Bearer.', {
    ways: ['use my API key', 'use my key', 'send my key', 'authenticate', 'send the key'],
    asked: ['Where do I put my key?', 'Which header takes the key?', 'Where does the API key go?'],
  }),
  topic('There are six: openai, clara, sira, dualquery, agentic and rajora.', {
    things: ['the list of surfaces'],
    asked: [
      'Which surfaces are there?',
      'How many surfaces are there?',
      'Which APIs does Switchyard speak?',
      'What surfaces does it have?',
      'Name the surfaces.',
    ],
  }),
  topic('A surface is one HTTP API, such as openai or clara. All surfaces share accounts and nodes.', {
    things: ['a surface', 'surfaces', 'a surface in Switchyard'],
  }),
  topic('Send a POST to /v1/chat/completions.', {
    ways: ['send a chat request', 'call chat completions', 'ask for a chat completion', 'chat by the API'],
    things: ['the chat endpoint', 'the endpoint for chat'],
    asked: ['Which endpoint is for chat?', 'Where do I send chat requests?'],
  }),
  topic('Send a POST to /v1/embeddings.', {
    ways: ['get embeddings', 'make embeddings', 'create an embedding', 'embed a text'],
    things: ['the embeddings endpoint', 'the endpoint for embeddings'],
    asked: ['Which endpoint makes embeddings?'],
  }),
  topic('Send a GET to /v1/models.', {
    ways: ['list the models', 'see the models', 'list all models', 'see which models there are'],
    things: ['the models endpoint', 'the endpoint for models'],
    asked: ['Which models are there?', 'Which endpoint lists the models?'],
  }),
  topic('Send it with a POST to /v1/files, or use the page Documents of the console.', {
    ways: ['upload a file', 'upload a document', 'upload files', 'upload my documents', 'add a document'],
    things: ['the endpoint for files'],
    asked: ['Which endpoint takes files?', 'Where do I upload files?'],
  }),
  topic('Upload rows with /v1/files, then send a POST to /v1/fine_tuning/jobs.', {
    ways: [
      'train a model',
      'fine-tune a model',
      'start training',
      'train a LoRA',
      'start a training job',
      'train an adapter',
      'train my own model',
    ],
    asked: ['Which endpoint trains a model?', 'Can I train a model?'],
  }),
  topic('LoRA trains two small matrices beside each large one and leaves the model as it is.', {
    things: ['LoRA', 'a LoRA', 'a LoRA adapter', 'an adapter'],
    asked: ['How does LoRA work?'],
  }),
  topic('QLoRA is LoRA on a model of few bits, so it takes less memory.', {
    things: ['QLoRA', 'a QLoRA'],
    asked: ['How does QLoRA work?', 'How is QLoRA different from LoRA?'],
  }),
  topic('Name it in the field model: it is the base, a colon and your suffix.', {
    ways: [
      'use my trained model',
      'use the trained model',
      'use my adapter',
      'talk to my trained model',
      'use a fine-tuned model',
    ],
    asked: ['What is my trained model called?', 'How is a trained model named?'],
  }),
  topic('Call pause on the job, and resume when it shall go on.', {
    ways: ['pause a job', 'pause training', 'resume a job', 'pause the training', 'resume training'],
    asked: ['Can I pause a job?', 'Can training be paused?'],
  }),
  topic('Call cancel on the job. It stops within one step.', {
    ways: ['cancel a job', 'cancel training', 'cancel the training', 'stop a training job'],
    asked: ['Can I cancel a job?', 'Can training be cancelled?'],
  }),
]

/** All that README shows and the model says of itself, in one answer each. */
export const GUIDE: readonly Topic[] = [...USING, ...OPERATING, ...ABOUT_ITSELF]
