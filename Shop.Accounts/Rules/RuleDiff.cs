using System.Text.Json.Nodes;

namespace Shop.Accounts;

/// <summary>What happened to a value, or to a row of a list.</summary>
public enum RuleChangeKind
{
    Changed,
    RowAdded,
    RowRemoved,

    /// <summary>The rows stand in another order.</summary>
    RowsMoved,

    /// <summary>Something changed that no field describes: it is shown as it is written.</summary>
    Other,
}

/// <summary>One difference between two states of a section.</summary>
/// <param name="List">The list it is in; null: a value of the section itself.</param>
/// <param name="Row">What the row of the list is called.</param>
/// <param name="Field">The value that changed; null where a whole row or the order did.</param>
public sealed record RuleChange(
    RuleSection Section, RuleChangeKind Kind, RuleField.Rows? List, string? Row, RuleField? Field, JsonNode? Was, JsonNode? Now);

/// <summary>Finds every difference between two states of a section, and does the same changes to a third.</summary>
public static class RuleDiff
{
    /// <summary>In the order of the section's fields. Nothing that differs is left out.</summary>
    public static IReadOnlyList<RuleChange> Of(RuleSection section, JsonObject was, JsonObject now)
    {
        var changes = new List<RuleChange>();
        foreach (var field in section.Fields)
        {
            if (field is RuleField.Rows list)
            {
                changes.AddRange(OfList(section, list, was, now));
            }
            else if (!Same(field.In(was), field.In(now)))
            {
                changes.Add(new RuleChange(section, RuleChangeKind.Changed, null, null, field, field.In(was), field.In(now)));
            }
        }

        var (restWas, restNow) = (Rest(was, section.Fields), Rest(now, section.Fields));
        if (!Same(restWas, restNow))
        {
            changes.Add(new RuleChange(section, RuleChangeKind.Other, null, null, null, restWas, restNow));
        }

        return changes;
    }

    /// <summary>Does changes to a section of another state: what they say stands there afterwards, everything else as it was.</summary>
    public static JsonObject Apply(IReadOnlyCollection<RuleChange> changes, JsonObject to)
    {
        var result = (JsonObject)to.DeepClone();
        foreach (var change in changes)
        {
            if (change.List is not { } list)
            {
                if (change.Field is { } field)
                {
                    field.Put(result, change.Now?.DeepClone());
                }

                continue;
            }

            var rows = (JsonArray)list.In(result)!;
            var row = list.Named(result).FirstOrDefault(r => r.Key == change.Row).Value;
            switch (change.Kind)
            {
                case RuleChangeKind.RowRemoved when row is not null:
                    rows.Remove(row);
                    break;
                case RuleChangeKind.RowAdded or RuleChangeKind.Other when row is not null:
                    rows[rows.IndexOf(row)] = change.Now!.DeepClone();
                    break;
                case RuleChangeKind.RowAdded:
                    rows.Add(change.Now!.DeepClone());
                    break;
                case RuleChangeKind.Changed when row is not null:
                    change.Field!.Put(row, change.Now?.DeepClone());
                    break;
            }
        }

        return result;
    }

    private static IEnumerable<RuleChange> OfList(RuleSection section, RuleField.Rows list, JsonObject was, JsonObject now)
    {
        var (before, after) = (list.Named(was), list.Named(now));
        var (old, current) = (before.ToDictionary(), after.ToDictionary());
        foreach (var (name, row) in before.Where(r => !current.ContainsKey(r.Key)))
        {
            yield return new RuleChange(section, RuleChangeKind.RowRemoved, list, name, null, row, null);
        }

        foreach (var (name, row) in after)
        {
            if (!old.TryGetValue(name, out var earlier))
            {
                yield return new RuleChange(section, RuleChangeKind.RowAdded, list, name, null, null, row);
                continue;
            }

            foreach (var field in list.Fields.Where(field => !Same(field.In(earlier), field.In(row))))
            {
                yield return new RuleChange(section, RuleChangeKind.Changed, list, name, field, field.In(earlier), field.In(row));
            }

            if (!Same(Rest(earlier, list.Fields), Rest(row, list.Fields)))
            {
                yield return new RuleChange(section, RuleChangeKind.Other, list, name, null, earlier, row);
            }
        }

        if (!before.Select(r => r.Key).Where(current.ContainsKey).SequenceEqual(after.Select(r => r.Key).Where(old.ContainsKey)))
        {
            yield return new RuleChange(section, RuleChangeKind.RowsMoved, list, null, null, null, null);
        }
    }

    /// <summary>What no field describes.</summary>
    private static JsonObject Rest(JsonObject owner, IReadOnlyList<RuleField> fields)
    {
        var rest = (JsonObject)owner.DeepClone();
        foreach (var names in fields.Select(field => field.Key.Split('.')))
        {
            var place = names[..^1].Aggregate((JsonNode?)rest, (node, name) => (node as JsonObject)?[name]);
            (place as JsonObject)?.Remove(names[^1]);
        }

        return rest;
    }

    /// <summary>A value that is missing and one that is null say the same.</summary>
    private static bool Same(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other);
}
