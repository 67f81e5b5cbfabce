using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages.Admin.Rules;

/// <summary>Changes the values of a section in a draft, or those of one row of its lists.</summary>
[Authorize(StaffPolicies.RuleEditor)]
internal sealed class EditModel(ShopDbContext db, RuleDesk desk, IStringLocalizer<RulesTexts> texts) : FormPage
{
    [BindProperty(SupportsGet = true, Name = "draft")]
    public string Number { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "section")]
    public string Name { get; set; } = "";

    /// <summary>The list whose row is changed; empty: the section's own values.</summary>
    [BindProperty(SupportsGet = true, Name = "list")]
    public string? ListName { get; set; }

    /// <summary>What the row is called; empty: a new one.</summary>
    [BindProperty(SupportsGet = true, Name = "row")]
    public string? RowName { get; set; }

    [BindProperty]
    public int Version { get; set; }

    /// <summary>What was typed, by <see cref="FormKey"/>. Named, because a form without such keys would else bind all others into it.</summary>
    [BindProperty(Name = nameof(Values))]
    public Dictionary<string, string?> Values { get; set; } = [];

    [BindProperty(Name = nameof(Switches))]
    public Dictionary<string, bool> Switches { get; set; } = [];

    public DraftView Draft { get; private set; } = null!;

    public RuleSection Section { get; private set; } = null!;

    public RuleField.Rows? List { get; private set; }

    public bool IsNewRow => List is not null && string.IsNullOrEmpty(RowName);

    public Currency Currency { get; private set; }

    /// <summary>The fields of this form.</summary>
    public IReadOnlyList<RuleField> Fields { get; private set; } = [];

    /// <summary>The names of a new row.</summary>
    public IReadOnlyList<RuleField> Ids => List is { } list && IsNewRow ? [.. list.Ids.Select(id => new RuleField.Word(id, 32))] : [];

    public JsonObject Json => Draft.Now[Section.Name];

    public static string Address(long draft, string section) => FormattableString.Invariant($"/admin/rules/drafts/{draft}/{section}");

    /// <summary>The field's name in the form: a dot would mean a member of something.</summary>
    public static string FormKey(RuleField field) => field.Key.Replace('.', '-');

    public string Hint(RuleField field) => field is RuleField.Switch
        ? Section.Explain(field, List)
        : texts["Allowed.Hint", Section.Explain(field, List), RuleWords.Allowed(field, Currency, texts), Default(field)].Value.Trim();

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public Task<IActionResult> OnPostAsync(CancellationToken cancellationToken) => ChangeAsync(remove: false, cancellationToken);

    public Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken) => ChangeAsync(remove: true, cancellationToken);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!long.TryParse(Number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || await desk.FindAsync(db, id, cancellationToken) is not { } draft
            || desk.Sections.FirstOrDefault(s => s.Name == Name) is not { } section)
        {
            return NotFound();
        }

        (Draft, Section, Currency) = (draft, section, RuleWords.CurrencyOf(draft.Now));
        if (draft.State != RuleDraftState.Open)
        {
            return LocalRedirect(DraftModel.Address(id));
        }

        List = section.Fields.OfType<RuleField.Rows>().FirstOrDefault(list => list.Key == ListName);
        var row = IsNewRow ? (JsonObject)List!.Blank.DeepClone() : Owner(Json);
        if ((!string.IsNullOrEmpty(ListName) && List is null) || row is null)
        {
            return NotFound();
        }

        // of a row that is there, only the fields that its kind of thing has
        Fields = List is null
            ? [.. section.Fields.Where(f => f is not RuleField.Rows)]
            : [.. List.Fields.Where(f => IsNewRow || !f.Optional || f.Key.Contains('.', StringComparison.Ordinal) == false || f.In(row) is not null)];
        if (HttpMethods.IsGet(Request.Method))
        {
            Version = draft.Version;
            Values = Fields.Where(f => f is not RuleField.Switch).ToDictionary(FormKey, f => (string?)RuleWords.Typed(f, f.In(row), Currency));
            Switches = Fields.OfType<RuleField.Switch>().ToDictionary(FormKey, f => f.In(row) is JsonValue value && value.TryGetValue<bool>(out var on) && on);
        }

        foreach (var field in Fields.Concat(Ids))
        {
            Values.TryAdd(FormKey(field), "");
            Switches.TryAdd(FormKey(field), false);
        }

        return null;
    }

    private string Default(RuleField field) =>
        List is null ? texts["Default", RuleWords.Show(field, field.In(Section.FirstJson), Currency, texts)] : "";

    /// <summary>The object that this form changes; null: there is no such row.</summary>
    private JsonObject? Owner(JsonObject json) => List is null ? json : List.Named(json).FirstOrDefault(r => r.Key == RowName).Value;

    private async Task<IActionResult> ChangeAsync(bool remove, CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } other)
        {
            return other;
        }

        var json = (JsonObject)Json.DeepClone();
        if (!Put(json, remove))
        {
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await desk.SaveAsync(Draft.Id, Version, Section.Name, json, User.MemberId()!.Value, cancellationToken))
        {
            case DeskResult.Saved:
                TempData.Done(texts["Done.Saved"]);
                return LocalRedirect(DraftModel.Address(Draft.Id));
            case DeskResult.Refused refused:
                Tell(refused.Problems);
                return await ShowAgainAsync(cancellationToken);
            default:
                TempData.Problem(texts["Problem.Changed"]);
                return LocalRedirect(DraftModel.Address(Draft.Id));
        }
    }

    /// <summary>Puts what was typed into the section. False: something typed is no such value, and the form says so.</summary>
    private bool Put(JsonObject json, bool remove)
    {
        var owner = IsNewRow ? (JsonObject)List!.Blank.DeepClone() : Owner(json)!;
        if (remove && List is { } from)
        {
            ((JsonArray)from.In(json)!).Remove(owner);
            return true;
        }

        foreach (var field in Fields.Concat(Ids))
        {
            if (field is RuleField.Switch)
            {
                field.Put(owner, Switches.GetValueOrDefault(FormKey(field)));
                continue;
            }

            if (!RuleWords.TryRead(field, Values.GetValueOrDefault(FormKey(field)), Currency, out var value) || (value is not null && field.Wrong(value) is not null))
            {
                Problem(Input(field), texts["Must", Section.Label(field, List), RuleWords.Allowed(field, Currency, texts)]);
            }
            else if (value is not null || field.In(owner) is not null)
            {
                field.Put(owner, value);
            }
        }

        if (IsNewRow && List is { } list && ModelState.ErrorCount == 0)
        {
            if (list.Named(json).Any(r => r.Key == list.IdOf(owner)))
            {
                Problem(Input(Ids[0]), texts["Edit.Taken", list.IdOf(owner)]);
            }

            ((JsonArray)list.In(json)!).Add(owner);
        }

        return ModelState.ErrorCount == 0;
    }

    private static string Input(RuleField field) => $"{nameof(Values)}[{FormKey(field)}]";

    /// <summary>Each problem beside its field, where this form has it; the others above the form.</summary>
    private void Tell(IReadOnlyList<RuleProblem> problems)
    {
        var place = List is null ? $"{Section.Name}:" : $"{Section.Name}:{List.Key}[{RowName}].";
        foreach (var problem in problems)
        {
            var field = Fields.FirstOrDefault(f => problem.Path == place + f.Key);
            Problem(field switch { null => "", RuleField.Switch => $"{nameof(Switches)}[{FormKey(field)}]", _ => Input(field) }, problem.Text);
        }
    }
}
