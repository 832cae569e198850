// Runs a whole Bluesky (directory, server, app view) on localhost and says where, as one line of JSON.
const path = require('node:path')
const { createRequire } = require('node:module')

const { TestNetwork, mockMailer } = createRequire(path.join(process.cwd(), 'x'))('@atproto/dev-env')

TestNetwork.create({ dbPostgresSchema: 'bluesky', pds: { hostname: 'localhost', inviteRequired: false } }).then(
  (network) => {
    mockMailer(network.pds)
    console.log(JSON.stringify({ pds: network.pds.url, view: network.bsky.url }))
  },
  (error) => {
    console.error(error)
    process.exit(1)
  },
)
