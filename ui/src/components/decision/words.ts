// What dmn-js says, in Chinese; loaded with it. English is its own.
const ZH: Record<string, string> = {
  'Hit policy:': '命中策略：', 'Hit policy': '命中策略', When: '当', And: '且', Then: '则', Input: '输入', Output: '结果', Annotation: '依据', Annotations: '依据',
  Unique: '唯一', First: '首个', Priority: '优先级', Any: '任一', Collect: '全部收集', 'Collect (Sum)': '收集求和', 'Collect (Min)': '收集取小', 'Collect (Max)': '收集取大', 'Collect (Count)': '收集计数', 'Rule order': '按规则次序', 'Output order': '按结果次序',
  'No overlap is possible and all rules are disjoint. Only a single rule can be matched': '规则互不重叠，至多一条命中',
  'Rules may overlap. The first matching rule will be chosen': '规则可以重叠，取命中的第一条',
  'Rules may overlap. The one with the highest priority will be chosen': '规则可以重叠，取优先级最高的一条',
  'Rules may overlap. Their output have to match': '规则可以重叠，结果必须相同',
  'Collects the values of all matching rules': '收集所有命中规则的结果', 'Collects the values of all matching rules and sums up to a single value': '把所有命中规则的结果相加',
  'Collects the values of all matching rules and uses the lowest value': '取所有命中规则的最小结果', 'Collects the values of all matching rules and uses the highest value': '取所有命中规则的最大结果',
  'Collects the values of all matching rules and counts the number of them': '数有几条规则命中', 'Collects the values of all matching rules in rule order': '按规则次序列出所有结果',
  'Collects the values of all matching rules in decreasing output priority order': '按结果优先级列出所有结果',
  'Add rule': '添加规则', 'Add rule above': '在上面添加规则', 'Add rule below': '在下面添加规则', 'Remove rule': '删除规则', 'Move rule': '移动规则', 'Copy rule': '复制规则', 'Cut rule': '剪切规则', 'Paste rule above': '粘贴到上面', 'Paste rule below': '粘贴到下面',
  'Add input': '添加输入', 'Add output': '添加结果', 'Add input column left': '在左边添加输入列', 'Add input column right': '在右边添加输入列', 'Add output column left': '在左边添加结果列', 'Add output column right': '在右边添加结果列', 'Remove input column': '删除输入列', 'Remove output column': '删除结果列',
  'Copy input column': '复制输入列', 'Copy output column': '复制结果列', 'Cut input column': '剪切输入列', 'Cut output column': '剪切结果列', 'Paste input column left': '粘贴到左边', 'Paste input column right': '粘贴到右边', 'Paste output column left': '粘贴到左边', 'Paste output column right': '粘贴到右边',
  'Add cell description': '添加单元格说明', 'Remove cell description': '删除单元格说明', 'Change cell expression language': '更改单元格的表达式语言', 'Expression language': '表达式语言', 'Expression language:': '表达式语言：',
  'Edit input': '编辑输入', 'Edit output': '编辑结果', Edit: '编辑', Delete: '删除', 'Input label': '输入名称', 'Input label: ': '输入名称：', 'Input expression': '输入表达式', 'Input expression: ': '输入表达式：', 'Input type': '输入类型', 'Input values': '输入的可选值', 'Output label': '结果名称', 'Output label: ': '结果名称：', 'Output name': '结果变量', 'Output name: ': '结果变量：', 'Output type': '结果类型', 'Output values': '结果的可选值',
  'Decision name': '决策名称', 'Decision name: ': '决策名称：', 'Definition name': '模型名称', 'Definition ID': '模型编号', 'Element name': '元素名称', Expression: '表达式', 'Enter expression': '输入表达式', 'Variable name': '变量名称', 'Variable name:': '变量名称：', 'Variable type': '变量类型', 'Variable type:': '变量类型：', Type: '类型', Kind: '种类', name: '名称',
  'Literal expression': '算式', 'Literal expression editor': '算式编辑框', 'Predefined values': '预设值', 'Add predefined values': '添加预设值', 'Clear predefined values': '清除预设值', 'Custom values': '自定义值', 'Add values': '添加值', Values: '值', Value: '值', 'No values': '没有值', Yes: '是', No: '否',
  'Strings must be in double quotes': '文字要加双引号', 'Test type': '比较方式', 'Match one': '符合其一', 'Match none': '都不符合', Comparison: '比较', 'Comparison operator': '比较符', Range: '范围', Equals: '等于', Less: '小于', 'Less or equals': '不大于', Greater: '大于', 'Greater or equals': '不小于', Include: '含', Exclude: '不含', 'Start value': '起', 'End value': '止',
  'Range start value': '范围起点', 'Range end value': '范围终点', 'Range start operator': '起点是否包含', 'Range end operator': '终点是否包含', Exactly: '正好', Before: '早于', After: '晚于', Between: '介于', Date: '日期', Time: '时间', 'Date and time': '日期和时间', 'Edit number': '编辑数字', 'Edit string': '编辑文字', 'Edit boolean': '编辑是否', 'Edit date': '编辑日期', 'Edit time': '编辑时间', 'Edit date and time': '编辑日期和时间', 'Edit duration': '编辑时长',
  'Set date': '设定日期', 'Set time': '设定时间', 'Set date and time': '设定日期和时间', 'Set duration': '设定时长', 'Set value': '设定值', 'Use today': '用今天', 'Use now': '用现在', 'e.g. { sample }': '例如 { sample }', 'e.g. { example } ': '例如 { example } ',
  'Create decision': '新建决策', 'Create input data': '新建输入数据', 'Create knowledge model': '新建知识模型', 'Create knowledge source': '新建知识来源', 'Append decision': '后接决策', 'Append input data': '后接输入数据', 'Append business knowledge model': '后接知识模型', 'Append knowledge source': '后接知识来源', 'Change type': '更改类型', 'Add text annotation': '添加注释', 'Connect to other element': '连接到其他元素', 'Activate lasso tool': '框选', 'Activate hand tool': '拖动画布', Resize: '调整大小',
}

/** Stands for the translator of dmn-js: a template, and what goes into its braces. */
export const translator = (chinese: boolean) => (template: string, parts: Record<string, string> = {}): string =>
  ((chinese && ZH[template]) || template).replace(/\{([^}]+)\}/g, (whole, key: string) => parts[key] ?? parts[key.trim()] ?? whole)
