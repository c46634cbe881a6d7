/** Something about Switchyard that is asked for in two ways: how one does it, or what it is. */
export interface Topic {
  answer: string
  /** Each fits behind "How do I". */
  ways: readonly string[]
  /** Each fits behind "What is". */
  things: readonly string[]
  /** Whole questions that fit neither. */
  asked: readonly string[]
}

const topic = (answer: string, rest: Partial<Omit<Topic, 'answer'>>): Topic => ({
  answer,
  ways: [],
  things: [],
  asked: [],
  ...rest,
})

/** What README shows, in one answer each. */
export const GUIDE: readonly Topic[] = [
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
  topic('I am the Switchyard starter model, a tiny model for trying things out.', {
    asked: [
      'Who are you?',
      'What are you?',
      'What is your name?',
      'Which model are you?',
      'What model is this?',
      'Introduce yourself.',
      'Tell me about yourself.',
      'Are you ChatGPT?',
      'What should I call you?',
    ],
  }),
  topic(
    'I can say how Switchyard is used, name capitals, do small sums, remember what you tell me, read passages and choose tools.',
    {
      asked: [
        'What can you do?',
        'How can you help me?',
        'What are you good at?',
        'What do you know?',
        'What can I ask you?',
        'Help',
        'What are you able to do?',
      ],
    },
  ),
  topic('I am tiny: I have about three million parameters.', {
    asked: [
      'How big are you?',
      'How many parameters do you have?',
      'Are you a large model?',
      'How large are you?',
      'Are you smart?',
    ],
  }),
  topic('I was trained from nothing for Switchyard, on text that was written for it.', {
    asked: [
      'Who made you?',
      'Who trained you?',
      'How were you trained?',
      'Where do you come from?',
      'Who built you?',
      'What were you trained on?',
    ],
  }),
  topic('No, I am a small language model.', {
    asked: [
      'Are you human?',
      'Are you a person?',
      'Are you real?',
      'Are you alive?',
      'Do you have feelings?',
      'Are you a robot?',
    ],
  }),
]

/** Ways to ask how something is done; `{way}` is one of a topic's. */
export const HOW = {
  train: [
    'How do I {way}?',
    'How can I {way}?',
    'How to {way}?',
    'How to {way}',
    'how do i {way}',
    'Tell me how to {way}.',
    'Explain how to {way}.',
    'I want to {way}.',
    'I want to {way}. How?',
    'I need to {way}.',
    'I would like to {way}.',
    'Can you tell me how to {way}?',
    'Please tell me how to {way}.',
    'Show me how to {way}.',
    'What do I do to {way}?',
    'What must I do to {way}?',
    'What is the way to {way}?',
    'Is there a way to {way}?',
    'How would I {way}?',
    'What is the best way to {way}?',
    'Help me {way}.',
    'Please help me to {way}.',
    'How does one {way}?',
    'Do you know how to {way}?',
    'I do not know how to {way}.',
    'Hi, how do I {way}?',
    'Hello! How can I {way}?',
    'Let me {way}.',
  ],
  held: [
    'What steps do I take to {way}?',
    'Could you explain to me how I {way}?',
    'Teach me to {way}.',
    'What does it take to {way}?',
    'I am trying to {way}, what now?',
    'Quick question: how should I {way}?',
  ],
} as const

/** Ways to ask what something is; `{thing}` is one of a topic's. */
export const WHAT = {
  train: [
    'What is {thing}?',
    'what is {thing}',
    'Explain {thing}.',
    'Tell me about {thing}.',
    'Describe {thing}.',
    'What does {thing} mean?',
    'Can you explain {thing}?',
    'Can you tell me about {thing}?',
    'I do not understand {thing}.',
    'Define {thing}.',
    'What do you know about {thing}?',
    'Please explain {thing}.',
    'Tell me what {thing} is.',
    'Give me a short explanation of {thing}.',
    'I want to know about {thing}.',
    'What do you mean by {thing}?',
    'Hi, what is {thing}?',
    'What about {thing}?',
    'Do you know {thing}?',
  ],
  held: [
    'What should I know about {thing}?',
    'Help me understand {thing}.',
    'In short, what is {thing}?',
    'Could you say what {thing} is?',
    'I read about {thing}. What is that?',
  ],
} as const

/** Ways to put a whole question; `{asked}` is one of a topic's. */
export const PUT = {
  train: [
    '{asked}',
    '{asked}',
    '{asked}',
    '{asked}',
    'Hi! {asked}',
    'Hello. {asked}',
    'Please tell me: {asked}',
    'I have a question. {asked}',
    'Tell me: {asked}',
    '{asked} Please.',
    'One thing: {asked}',
    'Can you tell me: {asked}',
    'Now, {asked}',
    'Good. {asked}',
  ],
  held: [
    'Something else: {asked}',
    'I was wondering: {asked}',
    'May I ask: {asked}',
    '{asked} I would like to know.',
    'A quick one: {asked}',
  ],
} as const

/** Small talk: what is said, in words that are learned and others that are not, and the answer. */
export const SMALL_TALK: readonly { train: readonly string[]; held: readonly string[]; answer: string }[] = [
  {
    train: [
      'Hello',
      'Hi',
      'Hey',
      'Hello there',
      'Hi there',
      'Good day',
      'Hello!',
      'Hi!',
      'Hey there',
      'Greetings',
      'Hello, Switchyard',
      'Hi, are you there?',
      'Hello again',
      'Hey, hello',
    ],
    held: ['Hello hello', 'Hi again', 'Hello my friend', 'Good day to you'],
    answer: 'Hello! How can I help you?',
  },
  {
    train: ['Good morning', 'Morning!', 'Good morning!', 'Good morning to you', 'Hi, good morning'],
    held: ['A very good morning', 'Good morning there'],
    answer: 'Good morning! How can I help you?',
  },
  {
    train: ['Good evening', 'Evening!', 'Good evening to you', 'Hi, good evening'],
    held: ['A very good evening', 'Good evening there'],
    answer: 'Good evening! How can I help you?',
  },
  {
    train: [
      'How are you?',
      'How are you doing?',
      'How is it going?',
      'Are you well?',
      'Hello, how are you?',
      'Hi, how are you?',
      'How are you today?',
      'Hey, how are you doing?',
      'Are you fine?',
    ],
    held: ['Hello! How are you doing today?', 'Hey, how is it going?', 'And how are you?'],
    answer: 'I am fine, thank you. How can I help you?',
  },
  {
    train: [
      'Thanks',
      'Thank you',
      'Thank you very much',
      'Thanks a lot',
      'Many thanks',
      'Great, thanks',
      'Ok, thanks',
      'Thanks!',
      'Thank you for your help',
      'Perfect, thank you',
    ],
    held: ['Thank you so much', 'Thanks for your help', 'Good, thank you'],
    answer: 'You are welcome!',
  },
  {
    train: [
      'Bye',
      'Goodbye',
      'See you',
      'See you later',
      'Good night',
      'Bye bye',
      'Ok, bye',
      'Thanks, bye',
      'I have to go. Goodbye!',
    ],
    held: ['Goodbye then', 'Ok, see you', 'Bye for now'],
    answer: 'Goodbye!',
  },
  {
    train: [
      'Ok',
      'Okay',
      'Good',
      'Great',
      'Nice',
      'Cool',
      'I see',
      'Perfect',
      'Very good',
      'All right',
      'Fine',
    ],
    held: ['Ok, good', 'Great, I see', 'Okay, nice'],
    answer: 'Good. What else can I do for you?',
  },
  {
    train: [
      'You are great',
      'Well done',
      'Good job',
      'You are helpful',
      'Nice work',
      'You did well',
      'That was great',
    ],
    held: ['Well done, you', 'That was a good job', 'You are very helpful'],
    answer: 'Thank you! I am glad to help.',
  },
  {
    train: [
      'You are wrong',
      'That is wrong',
      'That is not right',
      'This is false',
      'That is incorrect',
      'No, that is wrong',
      'Wrong!',
    ],
    held: ['I think that is wrong', 'No, you are wrong', 'This is not right'],
    answer: 'I am sorry. I am a tiny model and make mistakes.',
  },
]
