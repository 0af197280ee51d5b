/* The elements of BPMN 2.0 (ISO/IEC 19510, XML schema Semantic.xsd): what each may hold and must say. */
#include "bpmn/rules/rules.h"

/* clang-format off */
static const struct schema_row schema[] = {
    /* foundation */
    {"base", NULL, "id", "documentation* extensionElements?"},
    {"root", "base", "", ""},
    {"definitions", NULL, "id name targetNamespace!:u expressionLanguage:u typeLanguage:u exporter exporterVersion",
     "import* extension* @root* relationship*"},
    {"import", NULL, "namespace!:u location! importType!:u", ""},
    {"extension", NULL, "definition mustUnderstand:b", "documentation*"},
    {"relationship", "base", "type! direction:(None|Forward|Backward|Both)", "source+ target+"},
    {"documentation", NULL, "id textFormat", ""},
    {"extensionElements", NULL, "", ""},
    {"expression", "base", "", ""},
    {"formalExpression", "expression", "language:u evaluatesToTypeRef>itemDefinition", ""},
    {"itemDefinition", "root", "structureRef isCollection:b itemKind:(Information|Physical)", ""},
    {"message", "root", "name itemRef>itemDefinition", ""},
    {"error", "root", "name errorCode structureRef>itemDefinition", ""},
    {"escalation", "root", "name escalationCode structureRef>itemDefinition", ""},
    {"signal", "root", "name structureRef>itemDefinition", ""},
    {"interface", "root", "name! implementationRef", "operation+"},
    {"operation", "base", "name! implementationRef", "inMessageRef>message outMessageRef?>message errorRef*>error"},
    {"endPoint", "root", "", ""},
    {"resource", "root", "name!", "resourceParameter*"},
    {"resourceParameter", "base", "name type>itemDefinition isRequired:b", ""},
    {"category", "root", "name", "categoryValue*"},
    {"categoryValue", "base", "value", ""},
    {"partnerEntity", "root", "name", "participantRef*>participant"},
    {"partnerRole", "root", "name", "participantRef*>participant"},
    {"correlationProperty", "root", "name type>itemDefinition", "correlationPropertyRetrievalExpression+"},
    {"correlationPropertyRetrievalExpression", "base", "messageRef!>message", "messagePath"},
    {"correlationKey", "base", "name", "correlationPropertyRef*>correlationProperty"},
    {"correlationSubscription", "base", "correlationKeyRef!>correlationKey", "correlationPropertyBinding*"},
    {"correlationPropertyBinding", "base", "correlationPropertyRef!>correlationProperty", "dataPath"},
    {"messagePath", "formalExpression", "", ""},
    {"dataPath", "formalExpression", "", ""},
    {"auditing", "base", "", ""},
    {"monitoring", "base", "", ""},
    /* callable elements */
    {"callableElement", "root", "name", "supportedInterfaceRef*>interface ioSpecification? ioBinding*"},
    {"ioBinding", "base",
     "operationRef!>operation inputDataRef!>dataInput|inputSet outputDataRef!>dataOutput|outputSet", ""},
    {"process", "callableElement",
     "processType:(None|Public|Private) isClosed:b isExecutable:b definitionalCollaborationRef>collaboration",
     "auditing? monitoring? property* laneSet* @flowElement|artifact* @resourceRole* "
     "correlationSubscription* supports*>process"},
    {"globalTask", "callableElement", "", "@resourceRole*"},
    {"globalBusinessRuleTask", "globalTask", "implementation", ""},
    {"globalManualTask", "globalTask", "", ""},
    {"globalScriptTask", "globalTask", "scriptLanguage", "script?"},
    {"globalUserTask", "globalTask", "implementation", "rendering*"},
    {"laneSet", "base", "name", "lane*"},
    {"childLaneSet", "laneSet", "", ""},
    {"lane", "base", "name partitionElementRef", "partitionElement? flowNodeRef*>flowNode childLaneSet?"},
    {"partitionElement", "base", "", ""},
    /* flow elements */
    {"flowElement", "base", "name", "auditing? monitoring? categoryValueRef*>categoryValue"},
    {"flowNode", "flowElement", "", "incoming*>sequenceFlow outgoing*>sequenceFlow"},
    {"sequenceFlow", "flowElement", "sourceRef!>flowNode targetRef!>flowNode isImmediate:b", "conditionExpression?"},
    {"conditionExpression", "formalExpression", "", ""},
    {"activity", "flowNode", "isForCompensation:b startQuantity:i completionQuantity:i default>sequenceFlow",
     "ioSpecification? property* dataInputAssociation* dataOutputAssociation* @resourceRole* @loopCharacteristics?"},
    {"abstractTask", "activity", "", ""},
    {"task", "abstractTask", "", ""},
    {"userTask", "abstractTask", "implementation", "rendering*"},
    {"manualTask", "abstractTask", "", ""},
    {"serviceTask", "abstractTask", "implementation operationRef>operation", ""},
    {"sendTask", "abstractTask", "implementation messageRef>message operationRef>operation", ""},
    {"receiveTask", "abstractTask", "implementation instantiate:b messageRef>message operationRef>operation", ""},
    {"scriptTask", "abstractTask", "scriptFormat", "script?"},
    {"script", NULL, "", ""},
    {"businessRuleTask", "abstractTask", "implementation", ""},
    {"rendering", "base", "", ""},
    {"callActivity", "activity", "calledElement>callableElement", ""},
    {"subProcess", "activity", "triggeredByEvent:b", "laneSet* @flowElement|artifact*"},
    {"transaction", "subProcess", "method", ""},
    {"adHocSubProcess", "subProcess",
     "cancelRemainingInstances:b ordering:(Parallel|Sequential)", "completionCondition?"},
    {"completionCondition", "formalExpression", "", ""},
    {"resourceRole", "base", "name", "resourceRef?>resource resourceParameterBinding* resourceAssignmentExpression?"},
    {"performer", "resourceRole", "", ""},
    {"humanPerformer", "performer", "", ""},
    {"potentialOwner", "humanPerformer", "", ""},
    {"resourceParameterBinding", "base", "parameterRef!>resourceParameter", "@expression"},
    {"resourceAssignmentExpression", "base", "", "@expression"},
    {"loopCharacteristics", "base", "", ""},
    {"standardLoopCharacteristics", "loopCharacteristics", "testBefore:b loopMaximum:i", "loopCondition?"},
    {"loopCondition", "formalExpression", "", ""},
    {"multiInstanceLoopCharacteristics", "loopCharacteristics",
     "isSequential:b behavior:(None|One|All|Complex) oneBehaviorEventRef>eventDefinition "
     "noneBehaviorEventRef>eventDefinition",
     "loopCardinality? loopDataInputRef?>base loopDataOutputRef?>base inputDataItem? outputDataItem? "
     "complexBehaviorDefinition* completionCondition?"},
    {"loopCardinality", "formalExpression", "", ""},
    {"complexBehaviorDefinition", "base", "", "condition event?"},
    {"condition", "formalExpression", "", ""},
    {"gateway", "flowNode", "gatewayDirection:(Unspecified|Converging|Diverging|Mixed)", ""},
    {"exclusiveGateway", "gateway", "default>sequenceFlow", ""},
    {"inclusiveGateway", "gateway", "default>sequenceFlow", ""},
    {"complexGateway", "gateway", "default>sequenceFlow", "activationCondition?"},
    {"activationCondition", "formalExpression", "", ""},
    {"parallelGateway", "gateway", "", ""},
    {"eventBasedGateway", "gateway", "instantiate:b eventGatewayType:(Exclusive|Parallel)", ""},
    /* events */
    {"anyEvent", "flowNode", "", "property*"},
    {"catchEvent", "anyEvent", "parallelMultiple:b",
     "dataOutput* dataOutputAssociation* outputSet? @eventDefinition* eventDefinitionRef*>eventDefinition"},
    {"throwEvent", "anyEvent", "",
     "dataInput* dataInputAssociation* inputSet? @eventDefinition* eventDefinitionRef*>eventDefinition"},
    {"startEvent", "catchEvent", "isInterrupting:b", ""},
    {"intermediateCatchEvent", "catchEvent", "", ""},
    {"boundaryEvent", "catchEvent", "cancelActivity:b attachedToRef!>activity", ""},
    {"intermediateThrowEvent", "throwEvent", "", ""},
    {"implicitThrowEvent", "throwEvent", "", ""},
    {"event", "throwEvent", "", ""},
    {"endEvent", "throwEvent", "", ""},
    {"eventDefinition", "root", "", ""},
    {"cancelEventDefinition", "eventDefinition", "", ""},
    {"compensateEventDefinition", "eventDefinition", "waitForCompletion:b activityRef>activity", ""},
    {"conditionalEventDefinition", "eventDefinition", "", "condition"},
    {"errorEventDefinition", "eventDefinition", "errorRef>error", ""},
    {"escalationEventDefinition", "eventDefinition", "escalationRef>escalation", ""},
    {"linkEventDefinition", "eventDefinition", "name!", "source*>linkEventDefinition target?>linkEventDefinition"},
    {"messageEventDefinition", "eventDefinition", "messageRef>message", "operationRef?>operation"},
    {"signalEventDefinition", "eventDefinition", "signalRef>signal", ""},
    {"terminateEventDefinition", "eventDefinition", "", ""},
    {"timerEventDefinition", "eventDefinition", "", "timeDate? timeDuration? timeCycle?"},
    {"timeDate", "formalExpression", "", ""},
    {"timeDuration", "formalExpression", "", ""},
    {"timeCycle", "formalExpression", "", ""},
    /* data */
    {"dataState", "base", "name", ""},
    {"itemAware", "base", "itemSubjectRef>itemDefinition", "dataState?"},
    {"dataObject", "flowElement", "itemSubjectRef>itemDefinition isCollection:b", "dataState?"},
    {"dataObjectReference", "flowElement", "itemSubjectRef>itemDefinition dataObjectRef>dataObject", "dataState?"},
    {"dataStore", "root", "name capacity:i isUnlimited:b itemSubjectRef>itemDefinition", "dataState?"},
    {"dataStoreReference", "flowElement", "itemSubjectRef>itemDefinition dataStoreRef>dataStore", "dataState?"},
    {"property", "itemAware", "name", ""},
    {"dataInput", "itemAware", "name isCollection:b", ""},
    {"dataOutput", "itemAware", "name isCollection:b", ""},
    {"inputDataItem", "dataInput", "", ""},
    {"outputDataItem", "dataOutput", "", ""},
    {"ioSpecification", "base", "", "dataInput* dataOutput* inputSet+ outputSet+"},
    {"inputSet", "base", "name",
     "dataInputRefs*>dataInput optionalInputRefs*>dataInput whileExecutingInputRefs*>dataInput "
     "outputSetRefs*>outputSet"},
    {"outputSet", "base", "name",
     "dataOutputRefs*>dataOutput optionalOutputRefs*>dataOutput "
     "whileExecutingOutputRefs*>dataOutput inputSetRefs*>inputSet"},
    {"dataAssociation", "base", "", "sourceRef*>data targetRef>data transformation? assignment*"},
    {"dataInputAssociation", "dataAssociation", "", ""},
    {"dataOutputAssociation", "dataAssociation", "", ""},
    {"transformation", "formalExpression", "", ""},
    {"assignment", "base", "", "from to"},
    {"from", "formalExpression", "", ""},
    {"to", "formalExpression", "", ""},
    /* artifacts */
    {"artifact", "base", "", ""},
    {"association", "artifact", "sourceRef!>base targetRef!>base associationDirection:(None|One|Both)", ""},
    {"group", "artifact", "categoryValueRef>categoryValue", ""},
    {"textAnnotation", "artifact", "textFormat", "text?"},
    {"text", NULL, "", ""},
    /* collaboration */
    {"collaboration", "root", "name isClosed:b",
     "participant* messageFlow* @artifact* @conversationNode* conversationAssociation* participantAssociation* "
     "messageFlowAssociation* correlationKey* choreographyRef*>choreography conversationLink*"},
    {"participant", "base", "name processRef>process",
     "interfaceRef*>interface endPointRef*>endPoint participantMultiplicity?"},
    {"participantMultiplicity", "base", "minimum:i maximum:i", ""},
    {"participantAssociation", "base", "", "innerParticipantRef>participant outerParticipantRef>participant"},
    {"messageFlow", "base", "name sourceRef!>interactionNode targetRef!>interactionNode messageRef>message", ""},
    {"messageFlowAssociation", "base", "innerMessageFlowRef!>messageFlow outerMessageFlowRef!>messageFlow", ""},
    {"conversationAssociation", "base",
     "innerConversationNodeRef!>conversationNode outerConversationNodeRef!>conversationNode", ""},
    {"conversationNode", "base", "name", "participantRef*>participant messageFlowRef*>messageFlow correlationKey*"},
    {"conversation", "conversationNode", "", ""},
    {"callConversation", "conversationNode", "calledCollaborationRef>collaboration", "participantAssociation*"},
    {"subConversation", "conversationNode", "", "@conversationNode*"},
    {"conversationLink", "base", "name sourceRef!>interactionNode targetRef!>interactionNode", ""},
    {"globalConversation", "collaboration", "", ""},
    {"choreography", "collaboration", "", "@flowElement*"},
    {"globalChoreographyTask", "choreography", "initiatingParticipantRef>participant", ""},
    {"choreographyActivity", "flowNode",
     "initiatingParticipantRef!>participant loopType:(None|Standard|MultiInstanceSequential|MultiInstanceParallel)",
     "participantRef*>participant correlationKey*"},
    {"choreographyTask", "choreographyActivity", "", "messageFlowRef*>messageFlow"},
    {"callChoreography", "choreographyActivity", "calledChoreographyRef>choreography", "participantAssociation*"},
    {"subChoreography", "choreographyActivity", "", "@flowElement|artifact*"},
};
/* clang-format on */

/* Groups that are no bases: who may stand where one is named. */
struct group {
    const char *name, *member;
};
static const struct group group[] = {
    {"flowElementsContainer", "process"},
    {"flowElementsContainer", "subProcess"},
    {"data", "itemAware"},
    {"data", "dataObject"},
    {"data", "dataObjectReference"},
    {"data", "dataStore"},
    {"data", "dataStoreReference"},
    {"interactionNode", "participant"},
    {"interactionNode", "activity"},
    {"interactionNode", "anyEvent"},
    {"interactionNode", "conversationNode"},
    {"interactionNode", "choreographyActivity"},
};

void schema_init(struct schema *s, struct arena *a)
{
    *s = (struct schema){0};
    for (size_t i = 0; i < COUNTOF(schema); i++) {
        s->name[i] = str_from(schema[i].name);
        map_put(&s->rows, a, s->name[i], (void *)(uintptr_t)&schema[i]);
    }
    for (size_t i = 0; i < COUNTOF(schema); i++)
        s->base[i] = schema[i].base ? schema_row_find(s, str_from(schema[i].base)) : -1;
}

int schema_row_find(const struct schema *s, str name)
{
    const struct schema_row *row = map_find(&s->rows, name);
    return row ? (int)(row - schema) : -1;
}

const struct schema_row *schema_row_at(int row)
{
    return row < 0 ? NULL : &schema[row];
}

static bool is_below(const struct schema *s, int row, str what)
{
    for (; row >= 0; row = s->base[row])
        if (str_eq(s->name[row], what)) return true;
    return false;
}

bool schema_row_is(const struct schema *s, int row, str what)
{
    if (map_find(&s->rows, what)) return is_below(s, row, what);
    for (size_t i = 0; i < COUNTOF(group); i++)
        if (str_eq(str_from(group[i].name), what) && is_below(s, row, str_from(group[i].member)))
            return true;
    return false;
}
