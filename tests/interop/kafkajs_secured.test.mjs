// kafkajs, which says who it is.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import kafkajs from 'kafkajs'

const { Kafka, logLevel } = kafkajs
const ca = [fs.readFileSync(process.env.CA, 'utf-8')]

function client(mechanism, byTls, username = 'alice', password = `${username}'s secret`) {
  return new Kafka({
    clientId: 'kafkajs', logLevel: logLevel.NOTHING, brokers: [byTls ? process.env.BOOTSTRAP_TLS : process.env.BOOTSTRAP],
    ssl: byTls ? { ca } : false, sasl: { mechanism, username, password }, retry: { retries: 1 },
  })
}

for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
  for (const byTls of [false, true]) {
    test(`${mechanism}${byTls ? ' by TLS' : ''}`, async () => {
      const kafka = client(mechanism, byTls)
      const topic = `${mechanism}-${byTls}`
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic, messages: [{ value: 'v' }] })
      await producer.disconnect()
      assert.equal((await admin.fetchTopicOffsets(topic))[0].high, '1')
      await admin.disconnect()
    })
  }
}

test('a wrong password is told', async () => {
  const producer = client('scram-sha-256', true, 'alice', 'wrong').producer()
  await assert.rejects(producer.connect(), /Authentication failed/)
})

test('what no rule allows is told', async () => {
  const kafka = client('plain', true, 'bob')
  const admin = kafka.admin()
  await admin.connect()
  assert.deepEqual(await admin.listTopics(), [])
  await assert.rejects(admin.createTopics({ topics: [{ topic: 'bobs', numPartitions: 1 }] }))
  await admin.disconnect()
})
