// What node-postgres sees of a server, line by line. NODE_PATH says where it is.
const pg = require('pg')

const say = (...words) => console.log(words.map((word) => JSON.stringify(word)).join(' '))
const failing = async (what, act) => {
  try {
    say(what, (await act()).rows)
  } catch (fault) {
    say(what, fault.code, fault.severity, fault.message)
  }
}

async function one(client) {
  await client.connect()
  say('types', (await client.query("select 1 as a, 'x' as b, now() is not null as c, array[1,2] as d, null as e")).rows)
  say('bound', (await client.query('select $1::int + 1 as a, $2::text as b', [41, "it's"])).rows)
  for (const value of [1, 2]) {
    const named = { name: 'twice', text: 'select $1::int * 2 as a', values: [value] }
    say('named', (await client.query(named)).rows)
  }
  say('several', (await client.query('select 1 as a; select 2 as b')).map((result) => result.rows))
  await failing('syntax', () => client.query('selec 1'))
  await client.query('create temp table t (a int)')
  await client.query('begin')
  say('inserted', (await client.query('insert into t select generate_series(1, 3)')).rowCount)
  await client.query('savepoint s')
  await failing('divided', () => client.query('select 1 / $1::int', [0]))
  await failing('aborted', () => client.query('select 1'))
  await client.query('rollback to savepoint s')
  await client.query('commit')
  say('kept', (await client.query('select count(*)::int as n from t')).rows)
  const heard = new Promise((resolve) => client.on('notification', (note) => resolve([note.channel, note.payload])))
  await client.query('listen c')
  await client.query("select pg_notify('c', 'hello')")
  say('heard', await heard)
  say('large', (await client.query("select length(repeat('x', 3000000)) as n, repeat('y', 300000) as y")).rows[0].y.length)
  await client.query("set statement_timeout = '50ms'")
  await failing('too slow', () => client.query('select pg_sleep(5)'))
  await client.end()
}

async function pool(config) {
  const pool = new pg.Pool({ ...config, max: 4 })
  const ask = async (n) => (await pool.query('select $1::int as n, pg_sleep(0.002)', [n])).rows[0].n
  const all = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n)))
  say('pool', all.reduce((sum, n) => sum + n, 0))
  await pool.end()
}

async function refused(config) {
  const client = new pg.Client({ ...config, password: 'wrong' })
  await failing('refused', () => client.connect())
}

async function main() {
  const config = { connectionString: process.env.DATABASE_URL }
  await one(new pg.Client(config))
  await pool(config)
  const url = new URL(process.env.DATABASE_URL)
  await refused({ host: url.hostname, port: url.port, user: url.username, database: url.pathname.slice(1) })
}

main().catch((fault) => {
  console.log('failed', fault)
  process.exit(1)
})
