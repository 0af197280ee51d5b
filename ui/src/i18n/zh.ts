// Chinese: the words of the office. Every key here has its sentence in en.ts.
import { processZh } from './process.zh'
export const zh = {
  app: { name: '闭环', line: '目标、任务、数据、考核，闭于一环', skip: '跳到正文', where: '所在位置', colon: '：', list: '、', comma: '，' },
  nav: {
    start: '发起', processes: '流程', cockpit: '驾驶舱', tasks: '我的待办', items: '督办件', work: '工作清单', indicators: '指标', ledger: '账本', users: '用户与角色',
    care: '治理', rules: '规则', decisions: '决策', feel: 'FEEL 控制台', main: '主导航', quick: '快捷导航', more: '更多', waiting: '{n} 件待办',
  },
  act: {
    again: '重试', all: '全部 ›', cancel: '取消', close: '关闭', edit: '更正', fold: '收起', less: '只看有值的', more: '看全部字段', save: '保存',
    signOut: '退出', wait: '请稍候…',
  },
  live: { on: '实时', lost: '连接中断，正在重连' },
  keys: { title: '键盘操作', search: '搜索', help: '本页帮助', escape: '关闭弹窗、收起选项', submit: '提交正在填写的表单' },
  search: {
    title: '搜索', hint: '搜记录、督办件、指标（可用拼音首字母）', hits: '搜索结果', none: '没有找到“{q}”', how: '输入名称的一部分，或拼音首字母，如 sccg。',
    noneHint: '换一个词，或只输入其中两个字试试。',
  },
  signin: {
    title: '登录', user: '用户名', password: '密码', enter: '登录', show: '显示', hide: '隐藏', expired: '登录已过期，请重新登录；没有提交的内容仍在草稿里。',
    lost: '暂时连不上服务器。', foot: '用户名与密码由管理员发放',
  },
  nowhere: { title: '没有这个页面', what: '这个地址没有对应的页面', hint: '可能是地址写错了，或内容已移走。' },
  cockpit: {
    title: '{city}驾驶舱', asOf: '数据实时 · 截至 {at}', seq: '第 {n} 号记录', counts: '数量', items: '督办在办', itemsOpen: '督办在办', itemsRed: '其中亮红灯', tasksMine: '我的待办', work: '工作清单',
    summary: '共 {n} 个指标，{off} 个偏离目标', goals: '目标体系', allIndicators: '全部指标 ›', noGoals: '还没有目标', noGoalsHint: '由改革办在“深化改革”中登记框架与任务后，这里按领域显示进度和灯。',
    turn: '轮到谁', turnSub: '谁要办、办到哪天', towns: '镇街', goal: '目标 / 指标', progress: '进度', light: '灯', fold: '展开或收起 {name}', dueOn: '{day}前',
  },
  turn: { red: '红灯', amber: '黄灯', green: '正常', none: '眼下没有等着办的事', noneHint: '指标偏离目标时会自动立项，并在这里写明轮到谁。' },
  tone: { green: '绿', amber: '黄', red: '红', none: '无灯', redN: '{n} 项偏离', amberN: '{n} 项预警' },
  ind: {
    sub: '点数字看走势、构成、背后的记录和历次口径', name: '指标', period: '期别', now: '现值', value: '数值', unit: '单位', target: '目标', targetIs: '目标 {v}', prior: '上年同期', gap: '与目标差',
    better: '方向', is: { higher: '越高越好', lower: '越低越好' }, state: '状态', met: '达标', missed: '未达标', off: '偏离 {gap}', noTarget: '未设目标', noValue: '尚无数据', provisional: '初步数', final: '最终数',
    tabs: { all: '全部', off: '偏离目标', met: '达标', none: '未设目标' }, find: '按名称筛选', nothing: '还没有指标', nothingHint: '指标由各应用的声明给出，发布应用后即出现在这里。',
    noValueSay: '这一期还没有数据。', saysMet: '{period}达到目标。', saysOff: '{period}与目标差 {gap} {u}。', saysOffPoints: '{period}与目标差 {gap} 个百分点。', saysNone: '{period}为 {v}{u}，未设目标。',
    knownAt: '{day}当天所知', knownNow: '现在', slider: '按当时口径查看：', revised: '有数据变动的日子 {n} 天，最近 {day}', notRevised: '数据没有变动过',
    past: '您看到的是 {day}当天所知的数。', pastNow: '现在已是 {v}{u}。', backNow: '回到现在', trend: '走势', trendOff: '{name}连续 {n} 期未达标', pick: '点一个点看那一期', noSeries: '还没有可画的数据', noSeriesHint: '有两期以上数据后显示走势。',
    behind: '{period}背后的记录', noBehind: '这一期背后没有记录', noBehindHint: '换一期看看，或先登记、导入数据。', items: '由它引起的督办件', parts: '构成', part: '组成', bar: '图', share: '占比', definition: '口径', formula: '算法', uses: '用到的数据',
  },
  chart: { now: '本指标', provisional: '初步数（空心、虚线）', asTable: '看表格', asChart: '看图' },
  item: {
    sub: '由指标自动立项，或由会议、批示、督查登记', new: '登记督办件', asList: '查询与导出', state: '状态', no: '编号', what: '事项', frozenShort: '立项值', lead: '牵头', due: '期限', closedOn: '{day}销号', none: '没有督办件', noneHint: '指标偏离目标时会自动立项；也可由督考办登记。',
    states: { all: '全部', open: '在办', proposed: '拟销号', closed: '已销号' }, off: '偏离 {gap} {unit}', offPoints: '偏离 {gap} 个百分点', byIndicator: '由指标自动立项', byHand: '人工登记', relapse: '反弹，前次督办件', history: '修改记录', frozen: '立项时（已固化）', closing: '办结条件',
    proposed: '数据已回到目标，系统已提请销号，待核查。', yourTurn: '轮到您：{name}', process: '流程', processSub: '当前步骤已标出', diagram: '流程图', diagramAt: '流程图，当前步骤：{step}', noDiagram: '流程图暂时取不到，办理不受影响。',
    past: '经过', pastSub: '每一步都在账本里，共 {n} 条', verify: '验证账本 ›', seq: '账本第 {n} 号', grounds: '立项依据', groundsSub: '{n} 条记录，按立项时固化', trend: '指标走势', whoseTurn: '轮到谁', noTurn: '眼下没有等着办的步骤。', noTurnClosed: '已经办结，没有待办步骤。', register: '登记信息', gone: '没有这个督办件',
  },
  task: {
    sub: '按期限先后，在这里直接办', which: '看哪些', mine: '待我办', all: '全部在办', done: '{name}：已提交', closed: '已办', do: '办理', claim: '我来办', release: '放回', claimed: '{who}正在办', claimedMe: '您已认领', since: '{at} 转来', dueOn: '{day}到期', doneAt: '{at} 办结',
    group: { overdue: '已逾期', today: '今天到期', soon: '三个工作日内', later: '以后到期', done: '我办过的' }, none: '没有待办', noneHint: '有事轮到您时会出现在这里，页面会自己更新。', noneDone: '还没有办过的事', noneDoneHint: '办完的步骤会列在这里。',
    comment: '说明', commentHint: '写明情况，会记入经过', returnWhy: '退回要写明原因，对方才知道改什么。', signWhy: '核查签字要写明依据。', signOffer: '您有核查权限：数据尚未回到目标时，可凭核查证据签字销号。', sign: '核查签字', doneTab: '我办过的',
  },
  list: {
    total: '共 {n} 条', matching: '符合条件 {n} 条', import: '导入', export: '导出', new: '新增', search: '搜索（可用拼音首字母）', columns: '列', filters: '筛选条件', unfilter: '去掉条件：{what}', addFilter: '筛选', clear: '清除条件', field: '按哪一项', how: '怎样比较', apply: '确定', standard: '恢复默认', up: '{name}上移', down: '{name}下移',
    fresh: '有新的变动。', reload: '刷新', none: '还没有{type}', noneHint: '可以新增一条，或从 xlsx、csv 导入。', noneMay: '有人登记后会出现在这里。', noMatch: '没有符合条件的', noMatchHint: '放宽或清除筛选条件再看。', more: '加载更多', end: '已全部显示，共 {n} 条', denied: '您没有查看权限', unknown: '没有这类记录', deniedHint: '需要时请联系管理员开通相应角色。', files: '{n} 个文件',
  },
  op: { eq: '等于', ne: '不等于', lt: '小于', le: '不超过', gt: '大于', ge: '不小于', contains: '包含', in: '是', null: '为空', notnull: '不为空' },
  form: {
    asTyped: '按输入的“{text}”', new: '新增{type}', correct: '更正 {name}', must: '必填', pick: '输入名称或拼音首字母', choices: '可选项', noChoice: '没有匹配的选项', clear: '清除', yes: '是', no: '否', year: '年份', yearIs: '{y} 年', month: '月份', quarter: '季度', date: '选择日期', masked: '内容已按权限遮盖', addFile: '选择文件，或拖到这里', fileHint: '单个不超过 20 MB', fileBig: '{size}，超过 20 MB 上限', removeFile: '移除 {name}', sending: '正在上传 {name}',
    reason: '更正原因', reasonHint: '会记入修改记录', nothing: '没有改动', created: '已登记：{name}', corrected: '已更正：{name}', kept: '已存为草稿，关掉页面前都在', restored: '已恢复上次没有提交的内容。', discard: '放弃草稿', leaveTitle: '还没有保存', leaveText: '填写的内容会留作草稿，在这个窗口里再打开时恢复。', leave: '离开',
  },
  fault: {
    required: '{name}没有填', number: '{name}要填数字', integer: '{name}要填整数', scale: '{name}最多 {scale} 位小数', low: '{name}不能小于 {min}', high: '{name}不能大于 {max}', long: '{name}不能超过 {length} 个字',
  },
  record: {
    name: '名称', open: '打开', facts: '内容', history: '修改记录', historySub: '每次修改都在账本里', changes: '改动', version: '第 {n} 版', changedAt: '{at} 修改', by: '{who} 登记', isVoid: '已作废', itemPage: '督办件页面', void: '作废', voidTitle: '作废这条记录', voidText: '作废后不再计入指标，记录和原因仍留在账本里。', voided: '已作废',
  },
  conflict: { title: '刚才有人先改了', text: '{who} 于 {at} 改过这条记录。请选择：', field: '字段', before: '原来', theirs: '对方改为', mine: '您改为', same: '未改', keep: '以我的为准', take: '以对方的为准', taken: '已采用对方的改动' },
  import: {
    title: '导入{type}', how: '选择 csv 或 xlsx 文件。先预演，不写入；确认后全部写入，有一行出错就一行都不写。', heads: '首行写字段名称：', pick: '选择文件', other: '换一个文件', rows: '行数', created: '新增', corrected: '更正', unchanged: '不变', errors: '出错', nothing: '下列行有误，改好后重新选择文件。', line: '行', why: '原因', partial: '跳过有误的行，导入其余的', commit: '确认导入', done: '已导入：新增 {created}，更正 {corrected}，不变 {unchanged}',
  },
  work: { manage: '查询、导入、导出', by: '分组', view: '看法', views: { board: '看板', list: '列表', group: '分组' }, first: '显示前 {n} 条', none: '工作清单还是空的', noneHint: '可从 xlsx 导入工作清单，或逐条登记。', noType: '没有可看的工作清单', empty: '没有', without: '没有填{field}' },
  ledger: {
    sub: '每一次变动依次登记，前后相扣，任何改动都会露出来', seq: '序号', at: '时间', who: '何人', act: '何事', what: '对象', hash: '指纹 SM3', verify: '验证账本', verifying: '正在逐条核对…', sound: '完好', broken: '有改动', soundText: '{n} 条记录逐条核对，前后相扣，没有改动。', brokenText: '有 {n} 处对不上。', head: '链头', newest: '看最新', none: '账本还是空的',
  },
  acts: {
    create: '登记', correct: '更正', void: '作废', read: '查看', export: '导出', import: '导入', 'task': { complete: '办理', claim: '认领', release: '放回' }, user: { save: '维护用户', password: '修改密码' }, session: { open: '登录', close: '退出' }, file: { put: '上传文件' }, token: { add: '发放令牌', remove: '收回令牌' },
  },
  reach: { own: '本人', org: '本单位', all: '全部' },
  admin: {
    sub: '谁能进来，以什么身份', new: '新增用户', users: '用户', roles: '角色', find: '按姓名、用户名、单位筛选', name: '姓名', code: '用户名', org: '单位', seen: '最近登录', never: '没有登录过', active: '可登录', stopped: '已停用', mayEnter: '可以登录', nobody: '还没有人担任', newPassword: '新密码', keepPassword: '不填则不变', saved: '已保存：{name}', tokens: '程序令牌', tokenTitle: '用途，如“统计数据接口”', make: '发放', drop: '收回', once: '只显示这一次，请现在抄下：',
  },
  account: { title: '我的账户', password: '修改密码', old: '现在的密码', new: '新密码', again: '再输一次', change: '修改', changed: '密码已修改', differs: '两次输入的新密码不一样' },
  sites: {
    title: '全部站点', sub: '共 {n} 个站点，{open} 个可用；各有自己的数据和用户', enter: '进入站点', find: '按名称、拼音首字母或代码查找', count: '{n} 个站点', name: '站点', code: '代码', state: '状态',
    is: { open: '正常', standby: '待命，只能查看', cut: '暂时不能写入', closed: '打不开' }, none: '没有符合条件的站点', noneHint: '换一个名称、拼音首字母或代码。', switch: '切换站点', all: '全部站点 ›', hereIs: '当前站点：{name}，切换站点',
  },
  province: {
    title: '全省驾驶舱', sub: '各站点的数先相加，算式只算一次 · 截至 {at}', token: '全省口令', tokenHint: '口令由管理这台服务器的人发放；12 小时内不必再输。', enter: '查看', leave: '退出全省驾驶舱', closed: '这台服务器没有开放全省驾驶舱', closedHint: '启动服务器时加 --province-token，凭口令即可在这里看合计。',
    total: '合计', sites: '各站点', off: '{of} 个中 {n} 个偏离', of: '{of} 个站点', noSum: '上报的率，不可相加', silent: '{n} 个站点没有答复，未计入合计：',
  },
  dec: {
    sub: '城市的规定写成表：谁符合、归哪类、何时亮灯；每个结果都说得清出自哪条规则', find: '按名称或拼音首字母查找', count: '{n} 项决策', name: '决策', inputs: '输入', service: '决策服务', file: '文件', none: '还没有决策', noneHint: '把 DMN 文件放进应用的文件夹，发布应用后即出现在这里。', noMatchHint: '换一个名称或拼音首字母。', gone: '没有这项决策',
    logic: '决策逻辑', table: '决策表', views: '文件里的各部分', drd: '总图', edit: '编辑', stopEdit: '回到查看', download: '下载 XML', editSub: '只改在这个页面里，不影响正在用的决策', publish: '这里的改动不会直接生效：改好后下载 XML，存为应用 {app} 文件夹里原来的 DMN 文件（如 {file}），重新发布应用即生效。', undrawn: '这项决策不是表格，画不出来，下面是原文。', source: '决策原文',
    check: '检查', leaveText: '改动还没有下载，离开后就没有了。', checkOld: '针对已发布的版本', sound: '没有发现问题', incomplete: '只查了一部分', incompleteText: '有的单元格无法比较，或规则太多，没有全部查完。', soundText: '没有空档，没有重叠，每条规则都可能命中。', flaw: { gap: '空档', overlap: '重叠', unreachable: '永不命中' }, flawText: { gap: '这些输入没有规则管', overlap: '这些输入有不止一条规则管', unreachable: '前面的规则已经全部覆盖' },
    mark: { matched: '命中', overlap: '重叠', unreachable: '永不命中' }, rule: '规则 {n}', rules: '规则 {a} 与规则 {b}', ruleOf: '{table} · 规则 {n}', gives: '得到', place: '第 {line} 行第 {column} 列', null: '空（null）',
    try: '试一试', trySub: '边填边算，不留记录', result: '结果', typeFirst: '填入输入，结果和命中的规则随即出现。', noInputs: '这项决策不需要输入。', noRule: '没有规则命中。', notGiven: '未填', allowed: '允许：', waits: '先把“{name}”填对。', kept: '所作决策', why: '为什么',
    bad: { number: '要填数字，如 1200.5', date: '要填日期，如 2026-01-31', time: '要填时间，如 09:00:00', duration: '要填时长，如 P1Y2M 或 P3DT4H', moment: '要填日期和时间', json: '要填 JSON，如 [1, 2]，文字加双引号', string: '要填文字', boolean: '要选是或否' },
  },
  ...processZh,
  feel: {
    sub: '写一个算式，立刻看到结果；与决策、指标、规则用的是同一个引擎', expression: '算式', context: '已知的值', contextSub: 'JSON，一个名称一个值', type: '类型', run: '计算并记下', runHint: '边写边算；按 Ctrl+Enter 记入历史', wrong: '算式有误', nothing: '写一个算式，结果显示在这里。', badContext: '要写成 JSON 对象，如 {sample}',
    link: '本式链接', history: '历史', historySub: '只在这个窗口里', noHistory: '按“计算并记下”后列在这里，点一下即可取回。', examples: '例子', of: '第 {n} 个，共 {of} 个', offers: '可选的名称和函数', keys: '输入时提示名称和函数；Ctrl+空格全部列出，↑↓ 选择，Enter 采用',
    kind: { name: '名称', function: '函数', keyword: '关键字' }, example: { growth: '同比增速', exact: '十进制，一位不差', choice: '分等级', filter: '先筛选再合计', dates: '日期与时长', loop: '逐个推算' },
  },
}
export type Messages = typeof zh
