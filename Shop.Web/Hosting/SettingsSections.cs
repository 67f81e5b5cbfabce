using System.Collections;

namespace Shop.Web.Hosting;

/// <summary>A section of the configuration that is ours: its path, the options it is read into, and keys that others read from it.</summary>
internal sealed record SettingsSection(string Path, Type Options, params string[] MoreKeys)
{
    /// <summary>Every key that may be set, as <c>Mail:From</c>; what belongs to a list ends in <c>:*</c>.</summary>
    public IEnumerable<string> Keys() => KeysOf(Path, Options).Concat(MoreKeys.Select(key => $"{Path}:{key}"));

    private static IEnumerable<string> KeysOf(string path, Type type) =>
        type.GetProperties().Where(p => p.CanWrite).SelectMany(p => Kind(p.PropertyType) switch
        {
            ValueKind.One => [$"{path}:{p.Name}"],
            ValueKind.List => [$"{path}:{p.Name}:*"],
            _ => KeysOf($"{path}:{p.Name}", p.PropertyType),
        });

    private static ValueKind Kind(Type type) =>
        type == typeof(string) || type.IsValueType || type == typeof(Uri) ? ValueKind.One
        : typeof(IEnumerable).IsAssignableFrom(type) ? ValueKind.List
        : ValueKind.Record;

    private enum ValueKind { One, List, Record }
}

/// <summary>Refuses what nobody reads: a misspelt key would otherwise be a setting that silently does not hold.</summary>
internal static class SettingsSections
{
    public static IServiceCollection AddSettings<TOptions>(this IServiceCollection services, string path, params string[] moreKeys)
        where TOptions : class
    {
        services.AddSingleton(new SettingsSection(path, typeof(TOptions), moreKeys));
        services.AddOptions<TOptions>().BindConfiguration(path).ValidateDataAnnotations().ValidateOnStart();
        return services;
    }

    /// <summary>A sentence for each key below our sections that no options have.</summary>
    public static IEnumerable<string> Unknown(IConfiguration configuration, IEnumerable<SettingsSection> sections)
    {
        var known = sections.SelectMany(s => s.Keys()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var root in known.Select(Root).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            // a bare value at the root is somebody else's environment variable, such as MAIL
            foreach (var key in configuration.GetSection(root).GetChildren().SelectMany(Leaves))
            {
                if (!known.Contains(key) && !known.Contains(Any(key)))
                {
                    yield return $"{key} is no setting of this shop. appsettings.sample.json explains those that are.";
                }
            }
        }
    }

    /// <summary>The keys with a value below a section, and empty sections themselves.</summary>
    public static IEnumerable<string> Leaves(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        return children.Count == 0 ? [section.Path] : children.SelectMany(Leaves);
    }

    private static string Root(string key) => key[..key.IndexOf(':', StringComparison.Ordinal)];

    private static string Any(string key) => key[..(key.LastIndexOf(':') + 1)] + "*";
}
