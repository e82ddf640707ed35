// @platformatic/kafka, which says who it is.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { Admin, Producer, stringSerializers } from '@platformatic/kafka'

const ca = fs.readFileSync(process.env.CA, 'utf-8')

function options(mechanism, byTls, username = 'alice', password = `${username}'s secret`) {
  return {
    clientId: 'platformatic', bootstrapBrokers: [byTls ? process.env.BOOTSTRAP_TLS : process.env.BOOTSTRAP], retries: 0,
    sasl: { mechanism, username, password }, ...(byTls ? { tls: { ca } } : {}),
  }
}

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
  for (const byTls of [false, true]) {
    test(`${mechanism}${byTls ? ' by TLS' : ''}`, async () => {
      const topic = `${mechanism}-${byTls}`
      const admin = new Admin(options(mechanism, byTls))
      await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
      const producer = new Producer({ ...options(mechanism, byTls), serializers: stringSerializers })
      const { offsets } = await producer.send({ messages: [{ topic, value: 'v', partition: 0 }], acks: -1 })
      assert.equal(offsets[0].offset, 0n)
      await producer.close()
      await admin.close()
    })
  }
}

test('a wrong password is told', async () => {
  const admin = new Admin(options('SCRAM-SHA-256', true, 'alice', 'wrong'))
  await assert.rejects(admin.metadata({ topics: [] }))
  await admin.close()
})

test('what no rule allows is told', async () => {
  const admin = new Admin(options('PLAIN', true, 'bob'))
  await assert.rejects(admin.createTopics({ topics: ['bobs'], partitions: 1, replicas: 1 }))
  await admin.close()
})
