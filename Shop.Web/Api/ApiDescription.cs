using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Shop.Accounts;

namespace Shop.Web.Api;

/// <summary>The description of the sellers' interface (OpenAPI 3.1), written from the very list that its endpoints are made of.</summary>
internal static class ApiDescription
{
    public static string Text { get; } = TextOf(ApiCalls.Base, "DreamShop for sellers", typeof(PageMeta), typeof(EntitlementObject));

    /// <summary>The same for /private/orders, which has an address of its own.</summary>
    public static string OfPrivateOrders { get; } = TextOf(PrivateOrderCalls.Root, "DreamShop for other storefronts", typeof(PrivateOrderRowObject));

    private static string TextOf(string root, string title, params Type[] parts) =>
        Write(root, title, parts, [.. ApiCalls.All.Where(call => call.Root == root)]).ToJsonString(new JsonSerializerOptions(ApiJson.Options) { WriteIndented = true });

    private static JsonObject Write(string root, string title, IEnumerable<Type> parts, IReadOnlyList<ApiCall> calls)
    {
        var paths = new JsonObject();
        foreach (var path in calls.GroupBy(call => call.Path))
        {
            paths[path.Key.Length == 0 ? "/" : path.Key] = new JsonObject(path.Select(call => KeyValuePair.Create(call.Method.ToLowerInvariant(), (JsonNode?)Operation(call))));
        }

        var types = calls.Select(call => call.Answer).Concat(parts).Distinct();
        var schemas = new JsonObject(types.Select(type => KeyValuePair.Create(type.Name, (JsonNode?)Schema(type))))
        {
            ["Problem"] = Problem(),
        };
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = title, ["version"] = "1" },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = root }),
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = schemas,
            },
        };
    }

    private static JsonObject Operation(ApiCall call)
    {
        var parameters = new JsonArray();
        if (call.Path.Contains("{id}", StringComparison.Ordinal))
        {
            parameters.Add(Parameter("id", "path", true, Word(64)));
        }

        foreach (var field in call.Query)
        {
            parameters.Add(Parameter(field.Name, "query", field.IsRequired, Schema(field)));
        }

        if (call is { Writes: true, IsNeverKept: false })
        {
            parameters.Add(Parameter(ApiRunner.KeyHeader, "header", call.NeedsKey, Word(Core.IdempotentRequests.LongestKey)));
        }

        var responses = new JsonObject
        {
            [call.SuccessStatus.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = "Done.",
                ["content"] = Content("application/json", call.IsPaged ? PageOf(call.Answer) : Reference(call.Answer.Name)),
            },
            ["default"] = new JsonObject { ["description"] = "Refused.", ["content"] = Content("application/problem+json", Reference("Problem")) },
        };
        var operation = new JsonObject
        {
            ["operationId"] = call.Name,
            ["summary"] = call.About,
            ["x-scope"] = Words.OfSet(call.Scope),
            ["parameters"] = parameters,
            ["responses"] = responses,
        };
        if (call.TakesBody)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", Fields(call.Body)) };
        }

        return operation;
    }

    private static JsonObject Parameter(string name, string place, bool isRequired, JsonNode schema) =>
        new() { ["name"] = name, ["in"] = place, ["required"] = isRequired, ["schema"] = schema };

    private static JsonObject Content(string type, JsonNode schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private static JsonObject Word(int longest) => new() { ["type"] = "string", ["maxLength"] = longest };

    private static JsonObject PageOf(Type type) => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("meta", "objects"),
        ["properties"] = new JsonObject
        {
            ["meta"] = Reference(nameof(PageMeta)),
            ["objects"] = new JsonObject { ["type"] = "array", ["items"] = Reference(type.Name) },
        },
    };

    private static JsonObject Fields(IReadOnlyList<ApiField> fields) => new()
    {
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["required"] = new JsonArray([.. fields.Where(f => f.IsRequired).Select(f => (JsonNode?)f.Name)]),
        ["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Schema(f)))),
    };

    private static JsonObject Schema(ApiField field)
    {
        var schema = field switch
        {
            ApiField.Number number => new JsonObject { ["type"] = "integer", ["minimum"] = number.Least, ["maximum"] = number.Most },
            ApiField.Text { Choices: { Count: > 0 } choices } => new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. choices.Select(c => (JsonNode?)c)]) },
            ApiField.Text text => Word(text.Longest),
            ApiField.Flag => new JsonObject { ["type"] = "boolean" },
            ApiField.Group group => Fields(group.Fields),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        schema["description"] = field.About;
        return schema;
    }

    private static JsonObject Schema(Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "EqualityContract").ToList();
        return new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray([.. properties.Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is null).Select(p => (JsonNode?)NameOf(p))]),
            ["properties"] = new JsonObject(properties.Select(p => KeyValuePair.Create(NameOf(p), (JsonNode?)TypeOf(p)))),
        };
    }

    private static JsonObject TypeOf(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type.IsGenericType)
        {
            return new JsonObject { ["type"] = "array", ["items"] = Reference(type.GetGenericArguments()[0].Name) };
        }

        var name = type == typeof(string) || type == typeof(DateTimeOffset) ? "string" : type == typeof(bool) ? "boolean" : "integer";
        var canBeNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        var schema = new JsonObject { ["type"] = canBeNull ? new JsonArray(name, "null") : name };
        if (type == typeof(DateTimeOffset))
        {
            schema["format"] = "date-time";
        }

        return schema;
    }

    private static string NameOf(PropertyInfo property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    private static JsonObject Problem() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("type", "title", "status", "code"),
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["type"] = "string" },
            ["title"] = new JsonObject { ["type"] = "string" },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["code"] = new JsonObject { ["type"] = "string", ["description"] = "Stable; the title may change." },
            ["reference"] = new JsonObject { ["type"] = "string", ["description"] = "Finds a fault of ours in the log." },
            ["errors"] = new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("code", "message"),
                        ["properties"] = new JsonObject { ["code"] = new JsonObject { ["type"] = "string" }, ["message"] = new JsonObject { ["type"] = "string" } },
                    },
                },
            },
        },
    };
}
