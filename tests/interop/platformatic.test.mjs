// @platformatic/kafka, which speaks the flexible versions only.
import assert from 'node:assert/strict'
import { test, after } from 'node:test'
import { Admin, Consumer, Producer, MessagesStreamModes, stringDeserializers, stringSerializers } from '@platformatic/kafka'

const base = { clientId: 'platformatic', bootstrapBrokers: [process.env.BOOTSTRAP] }
const admin = new Admin(base)
after(() => admin.close())

let count = 0
async function newTopic(partitions = 1) {
  const topic = `topic-${++count}`
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
  return topic
}

async function read(topic, wanted) {
  const consumer = new Consumer({ ...base, groupId: `reader-${++count}`, deserializers: stringDeserializers })
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false })
  const records = []
  for await (const message of stream) {
    records.push(message)
    if (records.length >= wanted) break
  }
  await stream.close()
  await consumer.close(true)
  return records
}

test('records with keys and headers, compressed or not', async () => {
  const topic = await newTopic()
  const producer = new Producer({ ...base, serializers: stringSerializers })
  const wanted = []
  for (const compression of ['none', 'gzip']) {
    for (const acks of [1, -1]) {
      const messages = Array.from({ length: 20 }, (_, i) => ({
        topic, key: `k${i}`, value: `${compression}${acks}${i}`.repeat(10), headers: { h: 'x' }, partition: 0,
      }))
      wanted.push(...messages.map((message) => message.value))
      await producer.send({ messages, acks, compression })
    }
  }
  await producer.close()
  const records = await read(topic, wanted.length)
  assert.deepEqual(records.map((record) => record.value), wanted)
  assert.equal(records[0].headers.get('h'), 'x')
})

test('an idempotent producer', async () => {
  const topic = await newTopic()
  const producer = new Producer({ ...base, serializers: stringSerializers, idempotent: true })
  for (let i = 0; i < 10; ++i) {
    await producer.send({ messages: [{ topic, key: 'k', value: `${i}`, partition: 0 }], acks: -1 })
  }
  await producer.close()
  assert.deepEqual((await read(topic, 10)).map((record) => record.value), Array.from({ length: 10 }, (_, i) => `${i}`))
})

test('a group commits and goes on', async () => {
  const topic = await newTopic()
  const producer = new Producer({ ...base, serializers: stringSerializers })
  await producer.send({ messages: ['a', 'b', 'c'].map((value) => ({ topic, key: 'k', value, partition: 0 })), acks: -1 })
  await producer.close()
  for (const wanted of ['a', 'b', 'c']) {
    const consumer = new Consumer({ ...base, groupId: 'goes-on', deserializers: stringDeserializers })
    const stream = await consumer.consume({
      topics: [topic], mode: MessagesStreamModes.COMMITTED, fallbackMode: 'earliest', autocommit: false,
    })
    for await (const message of stream) {
      assert.equal(message.value, wanted)
      await message.commit()
      break
    }
    await stream.close()
    await consumer.close(true)
  }
})

test('administration', async () => {
  const topic = await newTopic(3)
  assert.ok((await admin.listTopics()).includes(topic))
  const groups = await admin.listGroups()
  assert.ok(groups instanceof Map)
  const metadata = await admin.metadata({ topics: [topic] })
  assert.equal(metadata.topics.get(topic).partitions.length, 3)
  assert.equal(metadata.brokers.size, 1)
  await admin.deleteTopics({ topics: [topic] })
  assert.ok(!(await admin.listTopics()).includes(topic))
})

test('a group of the new protocol shares a topic and commits', async () => {
  const topic = await newTopic(4)
  const producer = new Producer({ ...base, serializers: stringSerializers })
  const values = Array.from({ length: 40 }, (_, i) => `${i}`)
  await producer.send({ messages: values.map((value, i) => ({ topic, key: 'k', value, partition: i % 4 })), acks: -1 })
  await producer.close()
  const group = { ...base, groupId: 'new-protocol', groupProtocol: 'consumer', deserializers: stringDeserializers }
  const seen = []
  for (const wanted of [25, 15]) {
    const consumer = new Consumer(group)
    const stream = await consumer.consume({
      topics: [topic], mode: MessagesStreamModes.COMMITTED, fallbackMode: 'earliest', autocommit: false,
    })
    let left = wanted
    for await (const message of stream) {
      seen.push(message.value)
      await message.commit()
      if (--left === 0) break
    }
    await stream.close()
    await consumer.close(true)
  }
  assert.deepEqual(seen.sort((a, b) => a - b), values)
  assert.ok((await admin.listGroups({ types: ['consumer'] })).has('new-protocol'))
  assert.ok(!(await admin.listGroups({ types: ['classic'] })).has('new-protocol'))
})
