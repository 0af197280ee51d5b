// Words of processes and tasks, in the language of the office; part of zh.ts.
export const processZh = {
  ta: {
    more: '其他办理', noActs: '现在没有可用的动作', did: '已{act}', kept: '已暂存', keep: '暂存', draftBack: '已恢复上次暂存的内容。', hasDraft: '有暂存', look: '查看', chosen: '已选的人', unchoose: '去掉{name}',
    next: '下一步预测', nextSub: '还没有提交，只是推算', ends: '流程办结', nobodyYet: '还没有落实到人', fillFirst: '填好必填的内容后显示', waitsOthers: '等其他人办理后再往下走', to: '给谁', toMany: '给哪些人', weight: '这一票的权重', target: '退回到哪一步', noTarget: '前面没有可退回的步骤', by: '{who}办理', comeBack: '办结后直接返回本节点', comeBackHint: '对方改好提交后跳过中间各步，直接回到您这里',
    opinion: '意见', question: '征询什么', asked: '{who}征询：', answerWhy: '请写明意见。', delegatedBy: '由{who}委托', urged: '催办 {n} 次', about: '申请内容', copies: '抄送', readAt: '{at} 已阅', unread: '未阅', doneBy: '{who} {at} 办理', gone: '没有这件待办', nothingYet: '还没有记录', system: '系统', onBehalf: '（代{who}）', fromTo: '从“{from}”到“{to}”', tabCopies: '抄送我的', noCopies: '没有要阅的抄送件', noCopiesHint: '别人抄送给您的事项会列在这里，阅后标为已阅。',
    state: { open: '待办', waiting: '等待中', done: '已办', cancelled: '已取消', returned: '已退回' },
    kind: { main: '主办', before: '前加签', beside: '并加签', after: '后加签', aside: '征询意见' },
    act: {
      return: '退回', 'take-back': '收回', reassign: '转办', delegate: '委托', resolve: '交回', 'sign-before': '前加签', 'sign-after': '后加签', 'sign-beside': '并加签', 'sign-remove': '减签', copy: '抄送', ask: '征询', answer: '答复', urge: '催办', read: '已阅',
    },
    brief: {
      return: '退给前面某一步', 'take-back': '下一步还没动时收回', reassign: '交给别人办，不再归我', delegate: '请人代办，办完交回', resolve: '代办完毕，还给委托人', 'sign-before': '请人先签，我后办', 'sign-after': '我办完再请人签', 'sign-beside': '请人同时会签', 'sign-remove': '去掉还没签的人', copy: '请人知晓', ask: '私下问意见，不影响流程', answer: '答复征询', urge: '提醒经办人', read: '标为已阅',
    },
    means: {
      return: '事项退到所选步骤重新办理，中间已办的步骤作废。', 'take-back': '事项回到您手里重新办理；下一步已经有人办理时不能收回。', reassign: '这件待办从此归对方，您不再经手。', delegate: '对方替您办理，办完交回给您定夺。', resolve: '把这件待办还给委托您的人。', 'sign-before': '对方签过之后，这件待办才回到您手里。',
      'sign-after': '您办完之后，对方签过才往下走。', 'sign-beside': '对方与您同时签，都签过才往下走。', 'sign-remove': '去掉一位还没有签的人，写明原因。', copy: '对方可以看到这件事，不需要办理。', ask: '对方收到征询，答复记入办理过程；不等答复也可以办理。', answer: '您的意见记入办理过程。', urge: '催办次数会显示在对方的待办上。', read: '标为已阅。',
    },
    was: {
      start: '提出申请', complete: '办理', claim: '领取', release: '退还', 'hand-over': '移交待办给', cancel: '终止', withdraw: '撤回申请', draft: '暂存', return: '退回', 'take-back': '收回', reassign: '转办给', delegate: '委托给', resolve: '交回给', 'sign-before': '前加签', 'sign-after': '后加签', 'sign-beside': '并加签', 'sign-remove': '减签', copy: '抄送给', ask: '征询', answer: '答复', urge: '催办', read: '已阅',
      modify: '调整流程位置', suspend: '挂起', resume: '恢复', revive: '重新唤醒', migrate: '迁移到新版本', skip: '自动通过', nobody: '无人可办，改派', agent: '由代理人承接', fallback: '改派', resubmit: '重新提交',
    },
  },
  agent: {
    title: '代理人', sub: '出差、请假期间，待办由代理人承接；到期自动结束', who: '代理人', from: '从', until: '到', process: '哪个流程', all: '全部流程', set: '设定', end: '结束代理', none: '没有设代理人', saved: '已设定代理人：{name}', ended: '已结束代理', days: '{from}至{until}', handTitle: '移交待办', handSub: '调离、离岗时把全部待办移交给别人；不选人则退回候选人', hand: '移交', handed: '已移交 {n} 件待办',
  },
  pr: {
    startSub: '选一个流程，填好提交；提交后随时可以看办到哪一步', mayStart: '可以发起的流程', fill: '要填 {n} 项', fillNone: '不需要填写，直接提交即可。', nothingToStart: '没有您可以发起的流程', nothingToStartHint: '流程由管理员发布，并指定谁可以发起；需要时请联系管理员。', mine: '我发起的', mineNone: '您还没有发起过流程', mineNoneHint: '从上面选一个流程发起，办理情况会列在这里。', startOne: '发起{name}', submit: '提交申请', started: '已提交：{name}', way: '流程会这样走', mayNot: '您不能发起这个流程', mayNotHint: '需要时请联系管理员。', gone: '没有这个流程', goneHint: '流程名称可能已改；请从列表里选择。',
    withdraw: '撤回', withdrawText: '还没有人作出决定时，可以撤回整个申请；撤回后各步待办都会取消。', instance: '流程实例', starter: '发起人', startedAt: '发起时间', startedBy: '{who} {at} 发起', stands: '办到哪一步', standsAt: '正在“{where}”', endedAt: '{at} 结束', versionShort: '版本', version: '第 {n} 版', acts: '操作', whole: '全流程', noInstance: '没有这个流程实例', deniedInstance: '您不能查看这个流程实例',
    state: { active: '办理中', suspended: '已挂起', ended: '已办结', cancelled: '已撤销', failed: '出错', waiting: '等待中', deleted: '已清理' }, incidents: '{n} 个异常', incident: '异常', variables: '流程变量', noVariables: '没有变量', timers: '定时器', messages: '等待的消息', called: '调用的流程', trouble: '异常', troubleSub: '出错后停在原处，处理好原因再重试', noTrouble: '没有异常', noTroubleHint: '步骤执行出错时会列在这里，写明原因，可以重试。', times: '已试 {n} 次', nextAt: '{at} 再试', retry: '重试', retried: '已安排重试',
    did: '已{act}', reason: '原因', reasonHint: '写入台账，便于日后查证', element: '步骤', whereItStood: '结束时所在的步骤', anew: '另起一个新实例', willCancel: '将取消', willStart: '将开始', moveHow: '点当前步骤取消它，点其他步骤从那里开始；选好后按“调整位置…”并写明原因。',
    act: { suspend: '挂起', resume: '恢复', cancel: '终止', restart: '重新唤醒', trigger: '立即触发', activate: '启动任务', modify: '调整位置' },
    actText: { suspend: '挂起期间不能办理，计时停止。', resume: '恢复办理，计时继续。', cancel: '整个流程终止，各步待办取消；以后仍可重新唤醒。', restart: '从结束时所在的步骤，或选定的步骤重新开始办理。', trigger: '不再等待，立即继续这一步（定时器、消息等）。', activate: '启动临时子流程里的一个任务。', modify: '按下面的安排移动流程的当前位置。' },
    sub: '各流程运行情况：多少件在办、卡在哪里、有没有异常', process: '流程', with: '如何启动', ofType: '随“{type}”启动', ofRecord: '随记录启动', byItself: '由人发起', running: '在办', inVersions: '分在 {n} 个版本', fine: '正常', none: '还没有流程', noneHint: '流程随应用声明发布，发布后出现在这里。', vstate: { active: '启用', suspended: '暂停', retired: '停用' }, setState: { active: '启用', suspended: '暂停', retired: '停用' },
    stateText: { active: '恢复使用这个版本。', suspended: '暂停后不能按这个版本发起新的，在办的也停住。', retired: '停用后不能再按这个版本发起，在办的继续办完。' }, originApp: '随应用发布', originPublished: '在线发布', heat: '运行热力图', heatSub: '右上角是在办数，下方是办理时长的中位和 95 分位；点一个步骤，只列停在那里的实例', layer: '显示', layers: { time: '办理时长', count: '在办数', none: '只看图' }, p50: '中位', p95: '95 分位', waitingNow: '在办', doneCount: '办过', overdue: '逾期 {n}', slowest: '最慢', heap: '积压最多', runningNow: '在办 {n} 件', slowestIs: '最慢的是“{name}”，95% 在 {time} 内', steps: '各步骤', versions: '版本', model: '修改流程图',
    instances: '实例', atLeast: '{n} 件以上', anyState: '全部状态', key: '业务编号', variable: '变量名', onlyFaulty: '只看异常', onlyVersion: '只看这个版本', at: '停在“{where}”', clickDiagram: '点图上的步骤可以筛选', noInstances: '没有符合条件的实例', noInstancesHint: '放宽条件，或换一个状态。',
    migrate: '迁移实例', migrateText: '在办实例默认留在原来的版本。迁移前先试算：写明哪些能过去，哪些不能、为什么；试算不改动任何东西。', migrateFrom: '从', migrateTo: '到', versionRuns: '第 {n} 版（在办 {active} 件）', migrateSame: '请选两个不同的版本。', mapping: '步骤对应', goesTo: '“{name}”对应到', noTarget: '没有对应', sameId: '同一步骤', mapped: '改到', staysIfThere: '停在此处的不能迁移', dry: '试算', migrateTried: '试算：{instances} 件中 {migrated} 件可以迁移，{refused} 件不能。', migrateDone: '{instances} 件中已迁移 {migrated} 件，{refused} 件留在原版本。', migrateRun: '迁移 {n} 件', migrated: '已迁移 {n} 件',
  },
  mo: {
    title: '建模：{name}', canvas: '流程图', palette: '图形', checking: '正在检查…', wrong: '{n} 处错误，改好才能发布', right: '检查通过，可以发布', undo: '撤销', redo: '重做', undoKey: 'Ctrl+Z 撤销', redoKey: 'Ctrl+Y 重做', zoomIn: '放大', zoomOut: '缩小', fit: '适应窗口', open: '打开文件', openText: '图上没有发布的改动会被文件里的内容取代。', publish: '发布', publishTitle: '发布新版本：{name}', publishText: '发布后新发起的按新版本走。', noneRuns: '现在没有在办的实例。', stay: '在办的 {n} 件留在各自的版本，不受影响；需要时发布后可以迁移：', withWarnings: '有 {n} 条提醒，不影响发布。', done: '已发布第 {n} 版，新发起的按它走。', watch: '看运行情况', migrateLink: '迁移在办的 {n} 件', broken: '这个文件画不出来：', leaveText: '图上的改动还没有发布，离开后就没有了。', checkSub: '边画边查；点元素可以跳过去', soundText: '元素、表达式、走向都没有问题。', error: '错误', warning: '提醒',
    name: '名称', id: '编号', badId: '编号以字母开头，只用字母、数字、下划线、点和连字符。', takenId: '这个编号已经有了。', default: '默认走这条', nothing: '这个元素没有其他属性。', hands: { Set: '写入字段', Param: '参数', In: '传入', Out: '传出' }, handName: { field: '字段', name: '名称' }, handValue: '取值（算式）', handAdd: '添加', handDrop: '去掉 {name}', unsaid: '不指定', variables: '流程变量', varTitle: '{name} 的中文名', varTitleHint: '表单上的名称', varName: '变量名', varType: '{name} 的类型', dropVar: '去掉变量 {name}', ask: '发起时填写', search: '可按它查找', newVar: '新变量名', addVar: '添加',
    type: { string: '文字', number: '数字', boolean: '是否', date: '日期', dateTime: '日期时间', time: '时间', duration: '时长', list: '列表', context: '结构' },
    s: { process: '流程', who: '谁来办', task: '办理', exceptions: '特殊情形', own: '执行', event: '事件', loop: '多人办理', repeat: '循环' },
    kind: {
      Process: '流程', Participant: '泳池', Lane: '泳道', UserTask: '用户任务', ServiceTask: '服务任务', SendTask: '发送任务', ReceiveTask: '接收任务', ScriptTask: '脚本任务', ManualTask: '手工任务', BusinessRuleTask: '业务规则任务', Task: '任务', CallActivity: '调用活动', SubProcess: '子流程', Transaction: '事务', AdHocSubProcess: '临时子流程', ExclusiveGateway: '排他网关', ParallelGateway: '并行网关', InclusiveGateway: '包容网关', EventBasedGateway: '事件网关', ComplexGateway: '复杂网关', StartEvent: '开始事件', EndEvent: '结束事件', IntermediateCatchEvent: '中间捕获事件', IntermediateThrowEvent: '中间抛出事件', BoundaryEvent: '边界事件', SequenceFlow: '顺序流', MessageFlow: '消息流', DataObjectReference: '数据对象', DataStoreReference: '数据存储', TextAnnotation: '注释', Association: '关联线', Group: '分组', Collaboration: '协作',
    },
    f: {
      starters: '谁可以发起', role: '角色', head: '部门负责人（上几级）', assignee: '指定办理人', candidates: '候选人', org: '哪个机构', nobody: '没有人可办时', starter: '办理人就是发起人时', again: '同一人再次办理时', due: '期限', outcomes: '办理结果', variables: '可填的变量', fields: '可填的字段', required: '必填的字段', stopsClock: '办理期间不计时', copy: '抄送', vote: '会签规则', share: '通过比例', weight: '每票权重', operation: '操作', topic: '外部作业主题', resultVariable: '结果存入变量', messageRef: '消息名称', key: '关联键', ttl: '消息保留', instantiate: '由消息启动流程', decision: '决策', result: '结果写入', script: '脚本', calledElement: '调用的流程', version: '绑定版本', allIn: '变量全部传入', allOut: '变量全部传回', completionCondition: '完成条件', manual: '人工启动各任务', activationCondition: '激活条件', conditionExpression: '条件', cancelActivity: '触发时中断任务', collection: '对谁逐一办理', elementVariable: '每一个叫什么', loopCardinality: '次数', output: '结果汇总到', outputElement: '每次的结果', workingDays: '工作日', workingHours: '工作小时', timeDuration: '时长', timeDate: '时刻', timeCycle: '周期', from: '从何时起算', catchUp: '停机错过时', signalRef: '信号名称', errorRef: '错误代码', codeVariable: '代码存入变量', escalationRef: '升级代码', condition: '条件', name: '链接名称', timeToLive: '办结后保留', tag: '版本标签', loopCondition: '继续条件', loopMaximum: '最多次数',
    },
    h: {
      starters: '都不选则人人可以发起', role: '有这个角色的人都可以领取', head: '0 为发起人所在部门的负责人，1 为上一级', assignee: '算式，如 starter', candidates: '算式，得到用户代码的列表', org: '算式，得到机构代码', nobody: '如 to:role:core.administrator，或 wait、pass、refuse', due: '数字为工作日，或算式得到日期', outcomes: '代码:名称，逗号分隔，如 pass:同意,return:退回', variables: '变量名，逗号分隔；新变量写“名:类型”', share: '0 到 1，如 0.6', decision: '决策的名称', result: '字段，或“字段:部分”，逗号分隔', key: '算式，与消息的键相同才收到', ttl: '如 P1D', conditionExpression: '算式，如 days > 3', collection: '算式，得到列表', workingDays: '数字或算式；同时只填一种时间', timeDuration: 'ISO 8601，如 PT4H', timeDate: '如 2026-01-31T09:00:00', timeCycle: '如 R3/PT10H', timeToLive: '如 P2Y；不填则一直保留', completionCondition: '算式，成立即结束', topic: '由外部程序领取办理',
    },
    o: {
      starter: { self: '自己办', skip: '自动通过', head: '交上级负责人' }, again: { ask: '仍要办理', skip: '自动通过', 'skip-next': '连续时自动通过' }, vote: { all: '全部同意', any: '一人即可', ratio: '按人数比例', weight: '按票权' }, operation: { set: '写入字段', close: '销号', notify: '发通知' }, from: { due: '从期限起算' }, catchUp: { once: '补一次', each: '逐次补', skip: '不补' },
    },
  },
}
