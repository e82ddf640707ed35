// kafkajs, which speaks the versions before the flexible ones.
import assert from 'node:assert/strict'
import { test, after } from 'node:test'
import kafkajs from 'kafkajs'

const { Kafka, CompressionTypes, logLevel, AssignerProtocol } = kafkajs
const kafka = new Kafka({ clientId: 'kafkajs', brokers: [process.env.BOOTSTRAP], logLevel: logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
after(() => admin.disconnect())

let count = 0
async function newTopic(numPartitions = 1, configEntries = []) {
  const topic = `topic-${++count}`
  await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries }] })
  return topic
}

// Reads until there are so many.
async function read(topic, wanted, options = {}) {
  const consumer = kafka.consumer({ groupId: `reader-${++count}`, maxWaitTimeInMs: 200, ...options })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  const records = []
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, (event) => reject(event.payload.error))
    consumer.run({
      eachMessage: async ({ message }) => {
        records.push(message)
        if (records.length >= wanted) resolve()
      },
    }).catch(reject)
  })
  await consumer.disconnect()
  return records
}
const values = (records) => records.map((record) => record.value && record.value.toString())

test('records with keys, headers, nulls, compressed or not, with each acks', async () => {
  const topic = await newTopic()
  const producer = kafka.producer()
  await producer.connect()
  const wanted = []
  for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
    for (const acks of [0, 1, -1]) {
      const messages = [
        { key: 'k', value: `v${compression}${acks}`.repeat(50), headers: { h: 'x', many: ['1', '2'] } },
        { key: null, value: 'no key' },
        { key: 'gone', value: null },
      ]
      wanted.push(...messages.map((message) => message.value))
      await producer.send({ topic, acks, compression, messages })
    }
  }
  await producer.disconnect()
  const records = await read(topic, wanted.length)
  assert.deepEqual(values(records), wanted)
  assert.equal(records[0].headers.h.toString(), 'x')
  assert.deepEqual(records[0].headers.many.map(String), ['1', '2'])
  assert.equal(records[1].key, null)
})

test('an idempotent producer', async () => {
  const topic = await newTopic()
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (let i = 0; i < 20; ++i) await producer.send({ topic, messages: [{ value: `${i}` }] })
  await producer.disconnect()
  assert.deepEqual(values(await read(topic, 20)), Array.from({ length: 20 }, (_, i) => `${i}`))
})

test('transactions, with offsets, that commit or abort', async () => {
  const topic = await newTopic()
  const producer = kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [value, ends] of [['a', 'commit'], ['b', 'abort'], ['c', 'commit']]) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value }] })
    await transaction.sendOffsets({
      consumerGroupId: 'tx-group',
      topics: [{ topic, partitions: [{ partition: 0, offset: value === 'b' ? '99' : '7' }] }],
    })
    await transaction[ends]()
  }
  await producer.disconnect()
  assert.deepEqual(values(await read(topic, 2, { readUncommitted: false })), ['a', 'c'])
  const [{ partitions }] = await admin.fetchOffsets({ groupId: 'tx-group', topics: [topic] })
  assert.equal(partitions[0].offset, '7')
})

test('a group of two shares out what there is', async () => {
  const topic = await newTopic(4)
  const members = []
  const assigned = new Map()
  const settled = async (count) => {
    for (;;) {
      const parts = [...assigned.values()]
      if (parts.length === count && parts.flat().length === 4 && parts.every((part) => part.length === 4 / count)) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  for (let i = 1; i <= 2; ++i) {
    const consumer = kafka.consumer({
      groupId: 'pair', sessionTimeout: 10000, heartbeatInterval: 200, maxWaitTimeInMs: 200,
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => assigned.set(i, payload.memberAssignment[topic] ?? []))
    await consumer.run({ eachMessage: async () => {} })
    members.push(consumer)
    await settled(i)
  }
  const { groups } = await admin.describeGroups(['pair'])
  assert.equal(groups[0].state, 'Stable')
  assert.equal(groups[0].members.length, 2)
  const member = AssignerProtocol.MemberAssignment.decode(groups[0].members[0].memberAssignment)
  assert.equal(member.assignment[topic].length, 2)
  await members[1].disconnect()
  assigned.delete(2)
  await settled(1)
  await members[0].disconnect()
})

test('administration', async () => {
  const topic = await newTopic(1, [{ name: 'retention.ms', value: '1000000' }])
  const { brokers, controller } = await admin.describeCluster()
  assert.deepEqual([brokers.length, controller], [1, brokers[0].nodeId])
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] })
  assert.equal(metadata.topics[0].partitions.length, 3)

  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [1, 2, 3].map((i) => ({ partition: 0, value: `${i}`, timestamp: `${i * 1000}` })) })
  await producer.disconnect()
  const [ends] = (await admin.fetchTopicOffsets(topic)).filter((one) => one.partition === 0)
  assert.deepEqual([ends.low, ends.high], ['0', '3'])
  const [byTime] = (await admin.fetchTopicOffsetsByTimestamp(topic, 1500)).filter((one) => one.partition === 0)
  assert.equal(byTime.offset, '1')
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
  assert.equal((await admin.fetchTopicOffsets(topic)).find((one) => one.partition === 0).low, '2')

  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }
  const told = async () => {
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: true })
    return resources[0].configEntries.find((entry) => entry.configName === 'retention.ms').configValue
  }
  assert.equal(await told(), '1000000')
  await admin.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '2000000' }] }] })
  assert.equal(await told(), '2000000')

  await admin.setOffsets({ groupId: 'set', topic, partitions: [{ partition: 0, offset: '1' }] })
  const [{ partitions }] = await admin.fetchOffsets({ groupId: 'set', topics: [topic] })
  assert.equal(partitions.find((one) => one.partition === 0).offset, '1')
  assert.ok((await admin.listGroups()).groups.some((group) => group.groupId === 'set'))
  assert.equal((await admin.deleteGroups(['set']))[0].errorCode, 0)
  await admin.deleteTopics({ topics: [topic] })
  assert.ok(!(await admin.listTopics()).includes(topic))
})
