// Processes in the browser: a leave is started, returned, changed, approved, noted; the administrator watches,
// draws a new version, publishes it and takes a running instance over. Part of the story (--processes 0 leaves it out).
import { expect, text, until } from './browser.mjs'

const LEAVE = 'office.leave'
const count = (page, selector) => page.locator(selector).count()

/** A leave of so many days from the 4th of July. */
async function start(s, page, days, reason) {
  await page.goto(`${s.opt.base}/start/${LEAVE}`)
  await page.fill('[data-test=field-days] input', String(days))
  await page.fill('[data-test=field-from] input', '2022-07-04')
  await page.keyboard.press('Enter')
  await page.fill('[data-test=field-reason] textarea', reason)
  await page.click('[data-test=start]')
  await page.waitForURL(/\/instances\/\d+/)
  await page.waitForSelector('[data-test=instance-state]')
  return Number(page.url().match(/\d+$/)[0])
}
/** Opens the task of this node that belongs to the instance. */
async function task(s, page, node, instance) {
  await page.goto(`${s.opt.base}/tasks`)
  let id = 0
  await until(page, `a task ${node} of ${instance}`, async () => {
    id = await page.evaluate(async ([n, i]) => {
      const { tasks } = await (await fetch('/api/v1/tasks?state=open&mine=1')).json()
      return tasks.find((x) => x.node === n && x.instance === i)?.id ?? 0
    }, [node, instance])
    return id > 0
  })
  await page.waitForSelector(`[data-test=task][data-id="${id}"]`)
  await page.click(`[data-test=task][data-id="${id}"] [data-test=open-task]`)
  await page.waitForSelector('[data-test=my-task]')
}
/** Everything the worked-out next steps say, once they have been asked. */
async function ahead(page, which) {
  await page.waitForSelector(`[data-test=next-${which}]`)
  return text(page, `[data-test=next-${which}]`)
}
async function choose(page, input, name) {
  await page.fill(input, name)
  await page.waitForSelector('[data-test=choice]')
  await page.keyboard.press('Enter')
}

async function leave(s) {
  const { opt } = s
  const staff = await s.person('lixiao')
  const head = await s.person('wangju')
  let id = 0
  await s.step('starting: reached by keyboard, an empty form is refused in place', async () => {
    await s.signIn(staff, 'lixiao')
    await staff.keyboard.press('g')
    await staff.keyboard.press('s')
    await staff.waitForSelector(`[data-test="start-${LEAVE}"]`)
    await staff.click(`[data-test="start-${LEAVE}"]`)
    await staff.click('[data-test=start]')
    await staff.waitForSelector('.fault')
  })
  await s.seen(staff, 'start-form')
  await s.step('李晓 starts a leave of five days and sees where it stands', async () => {
    id = await start(s, staff, 5, '年休假')
    expect('at the head', (await text(staff, '.head')).includes('部门负责人审批'), await text(staff, '.head'))
    expect('what was asked', (await text(staff, '[data-test=variables]')).includes('年休假'))
  })
  await s.seen(staff, 'instance')
  await s.step('the head sees it with its starter, and who comes next for each answer', async () => {
    await s.signIn(head, 'wangju')
    await task(s, head, 'head', id)
    expect('whose', (await text(head, '.head')).includes('李晓'))
    expect('five days go higher', (await ahead(head, 'pass')).includes('分管领导审批'), await ahead(head, 'pass'))
    expect('returned to the starter', (await ahead(head, 'return')).includes('李晓'), await ahead(head, 'return'))
    expect('refused ends it', (await ahead(head, 'refuse')).includes('办结'), await ahead(head, 'refuse'))
  })
  await s.seen(head, 'task')
  await s.step('a draft is kept on the server', async () => {
    await head.fill('[data-test=comment]', '先休三天，')
    await head.click('[data-test=keep-draft]')
    await head.waitForSelector('[data-test=toast], .toast')
    await head.reload()
    await head.waitForSelector('[data-test=comment]')
    expect('still there', (await head.inputValue('[data-test=comment]')) === '先休三天，', await head.inputValue('[data-test=comment]'))
  })
  await s.step('the other acts: a menu by keyboard, a dialog that says what it means', async () => {
    await head.focus('[data-test=task-acts]')
    await head.keyboard.press('Enter')
    await head.waitForSelector('[role=menu]')
    await head.keyboard.press('ArrowDown')
    await head.click('[data-test=act-copy]')
    await head.waitForSelector('[data-test=act-dialog]')
    await choose(head, '#act-to', '冯')
    await head.waitForSelector('[data-test=person]')
  })
  await s.seen(head, 'task-copy')
  await s.step('冯分管 gets a copy', async () => {
    await head.click('[data-test=act-yes]')
    await head.waitForSelector('[data-test=act-dialog]', { state: 'detached' })
  })
  await s.step('it is returned, which needs a reason', async () => {
    await task(s, head, 'head', id)
    await head.fill('[data-test=comment]', '')
    await head.click('[data-test=outcome-return]')
    await head.waitForSelector('[role=alert]')
    await head.fill('[data-test=comment]', '先休三天')
    await head.click('[data-test=outcome-return]')
    await head.waitForURL(/\/tasks$/)
  })
  await s.step('李晓 changes the days and sends it again', async () => {
    await task(s, staff, 'change', id)
    expect('why', (await text(staff, '[data-test=actions]')).includes('先休三天'), await text(staff, '[data-test=actions]'))
    await staff.fill('[data-test=field-days] input', '3')
    await staff.waitForTimeout(800)
    await s.axe(staff)
    await staff.click('[data-test=complete]')
    await staff.waitForURL(/\/tasks$/)
  })
  await s.step('three days need nobody above: the head approves', async () => {
    await task(s, head, 'head', id)
    await until(head, 'personnel next', async () => (await ahead(head, 'pass')).includes('人事备案'))
    await head.click('[data-test=outcome-pass]')
    await head.waitForURL(/\/tasks$/)
  })
  await s.step('孙人事 notes it, and the instance has ended', async () => {
    const notes = await s.person('renshi')
    await s.signIn(notes, 'renshi')
    await task(s, notes, 'record', id)
    await notes.click('[data-test=complete]')
    await notes.waitForURL(/\/tasks$/)
    await notes.context().close()
    await staff.goto(`${opt.base}/instances/${id}`)
    await until(staff, 'ended', async () => (await text(staff, '[data-test=instance-state]')).includes('已办结'))
    expect('the whole history', (await count(staff, '[data-test=action]')) >= 6, await text(staff, '[data-test=actions]'))
  })
  await s.seen(staff, 'instance-ended')
  await s.step('the copy is read', async () => {
    const boss = await s.person('fengfen')
    await s.signIn(boss, 'fengfen')
    await boss.goto(`${opt.base}/tasks?show=copies`)
    await boss.waitForSelector('[data-test=read-copy]')
    const before = await count(boss, '[data-test=read-copy]')
    await boss.click('[data-test=read-copy]')
    await until(boss, 'one less', async () => (await count(boss, '[data-test=read-copy]')) === before - 1)
    await boss.context().close()
  })
  await s.step('started and withdrawn: while nobody has decided', async () => {
    await start(s, staff, 1, '误提')
    await staff.click('[data-test=withdraw]')
    await staff.fill('[data-test=reason]', '日期写错')
    await staff.click('[data-test=reason-yes]')
    await until(staff, 'withdrawn', async () => (await text(staff, '[data-test=instance-state]')).includes('已撤销'))
    await staff.goto(`${opt.base}/start`)
    await staff.waitForSelector('[data-test=instance]')
  })
  await s.seen(staff, 'start')
  const running = await start(s, staff, 2, '体检')
  await staff.context().close()
  await head.context().close()
  return running
}

async function watch(s, page, running) {
  const { opt } = s
  await s.step('the administrator finds the processes, and no page for others', async () => {
    await s.signIn(page, opt.admin)
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.waitForSelector('[data-test=process-row]')
  })
  await s.seen(page, 'processes')
  await s.step('the monitor: tokens, durations, the instances of one step by the diagram', async () => {
    await page.goto(`${opt.base}/processes/${LEAVE}`)
    await page.waitForSelector('[data-mark=head]')
    await page.waitForSelector('[data-test=heat] tr[data-id=head]')
    await page.focus('g.node[data-id=head]')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-test=find-element]')
    await page.waitForSelector(`[data-test=instance][data-id="${running}"]`)
  })
  await s.seen(page, 'process')
  await s.step('instances by a variable that is not there', async () => {
    await page.fill('[data-test=find-variable]', 'days')
    await page.fill('[data-test=find-value]', '99')
    await page.waitForSelector('[data-test=instance-search] [data-test=empty]')
  })
}

async function model(s, page) {
  const { opt } = s
  const element = (id) => page.locator(`[data-test=model-board] [data-element-id=${id}]`).first()
  await s.step('the modeler: drawn, checked, its mark in sight', async () => {
    await page.goto(`${opt.base}/processes/${LEAVE}/model`)
    await page.waitForSelector('[data-test=model-board].ready [data-element-id=record]')
    await until(page, 'checked', async () => (await text(page, '[data-test=check-state]')).includes('可以发布'))
    expect('the mark', await page.locator('[data-test=model-board] .bjs-powered-by').isVisible())
  })
  await s.step('a wrong condition is said at once, in the list and on the diagram, and undone', async () => {
    await page.locator('[data-element-id=headReturn_label]').first().click()
    await page.waitForSelector('[data-test=props][data-kind=SequenceFlow]')
    await page.fill('[data-test=prop-conditionExpression] textarea', 'outcome = 5 +')
    await page.keyboard.press('Tab')
    await page.waitForSelector('[data-test=flaw][data-element=headReturn]')
    await page.waitForSelector('[data-test=model-board] .flaw.error')
    expect('not to be published', await page.isDisabled('[data-test=publish]'))
  })
  await s.seen(page, 'modeler-fault')
  await s.step('undone, a step renamed, what runs is previewed', async () => {
    await page.click('[data-test=undo]')
    await until(page, 'right again', async () => (await text(page, '[data-test=check-state]')).includes('可以发布'))
    await element('record').click()
    await page.waitForSelector('[data-test=props][data-kind=UserTask]')
    await page.fill('[data-test=prop-name]', '人事登记备案')
    await page.keyboard.press('Tab')
    await page.waitForTimeout(1200)
    await until(page, 'right', async () => (await text(page, '[data-test=check-state]')).includes('可以发布'))
    await page.click('[data-test=publish]')
    await page.waitForSelector('[data-test=publish-preview]')
    expect('what runs stays', (await text(page, '[data-test=publish-preview]')).includes('留在各自的版本'))
  })
  await s.seen(page, 'modeler-publish')
  await s.step('leaving with changes asks first; published with a reason', async () => {
    await page.keyboard.press('Escape')
    await page.waitForSelector('[data-test=publish-preview]', { state: 'detached' })
    await page.click('[data-test=nav-tasks]')
    await page.waitForSelector('dialog[open], [data-test=confirm]')
    await page.keyboard.press('Escape')
    await page.click('[data-test=publish]')
    await page.fill('[data-test=reason]', '备案改名')
    await page.click('[data-test=reason-yes]')
    await page.waitForSelector('[data-test=published]')
    expect('version 2', (await text(page, '[data-test=published]')).includes('第 2 版'), await text(page, '[data-test=published]'))
  })
}

async function migrate(s, page, running) {
  const { opt } = s
  await s.step('running instances are taken over: a dry run first', async () => {
    await page.click('[data-test=migrate-link]')
    await page.waitForSelector('[data-test=mapping]')
    await page.click('[data-test=migrate-dry]')
    await page.waitForSelector('[data-test=migrate-result]')
    expect('tried', (await text(page, '[data-test=migrate-result]')).includes('可以迁移'))
  })
  await s.seen(page, 'migrate')
  await s.step('then carried out, with its reason', async () => {
    await page.fill('[data-test=migrate-reason]', '统一到新版本')
    await page.click('[data-test=migrate-run]')
    await until(page, 'done', async () => (await text(page, '[data-test=migrate-result]')).includes('已迁移'))
    await page.goto(`${opt.base}/instances/${running}`)
    await until(page, 'version 2', async () => (await text(page, '.head')).includes('第 2 版'))
  })
  await s.step('versions side by side, the old one with nothing left', async () => {
    await page.goto(`${opt.base}/processes/${LEAVE}`)
    await page.waitForSelector('[data-test=version][data-number="2"]')
    expect('two', (await count(page, '[data-test=version]')) === 2)
  })
  await s.seen(page, 'process-versions')
  await s.step('an instance is moved by hand: chosen on the diagram, with a reason', async () => {
    await page.goto(`${opt.base}/instances/${running}`)
    await page.click('[data-test=instance-modify]')
    await page.locator('g.node[data-id=head]').click()
    await page.locator('g.node[data-id=record]').click()
    await page.waitForSelector('[data-mark=record]')
    await s.axe(page)
    await page.click('[data-test=move-go]')
    await page.fill('[data-test=reason]', '领导口头同意')
    await page.click('[data-test=reason-yes]')
    await until(page, 'at the noting', async () => (await text(page, '.head')).includes('人事登记备案'))
  })
  await s.seen(page, 'instance-moved')
}

export async function processes(s) {
  const running = await leave(s)
  const page = await s.person(s.opt.admin)
  await watch(s, page, running)
  await model(s, page)
  await migrate(s, page, running)
  await page.context().close()
  const english = await s.person(s.opt.admin, { language: 'en' })
  await s.step('processes in English', async () => {
    await s.signIn(english, s.opt.admin)
    await english.goto(`${s.opt.base}/processes/${LEAVE}`)
    await english.waitForSelector('[data-test=heat]')
  })
  await s.seen(english, 'process-en')
  await s.step('the modeler in English', async () => {
    await english.goto(`${s.opt.base}/processes/${LEAVE}/model`)
    await english.waitForSelector('[data-test=model-board].ready [data-element-id=record]')
  })
  await s.seen(english, 'modeler-en')
  await english.context().close()
}
