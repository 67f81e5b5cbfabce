using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Shop.Accounts;

/// <summary>How values and names are stored, the same on both engines: times as Unix milliseconds, bool as 0 or 1, states as snake_case words.</summary>
public static class ModelConventions
{
    public static void Configure(ModelConfigurationBuilder configuration)
    {
        configuration.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
        configuration.Properties<bool>().HaveConversion<BoolToZeroOneConverter<int>>();
    }

    /// <summary>Called at the end of <c>OnModelCreating</c>: enums as words, every database name in snake_case.</summary>
    public static void Apply(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
        {
            if (entity.IsMappedToJson())
            {
                entity.SetContainerColumnName(Snake(entity.GetContainerColumnName()!));
                continue;
            }

            entity.SetTableName(Snake(entity.GetTableName()!));
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(Snake(property.GetColumnName()));
                ConvertEnum(property);
            }

            foreach (var key in entity.GetKeys())
            {
                key.SetName(Snake(key.GetName()!));
            }

            foreach (var foreignKey in entity.GetForeignKeys())
            {
                if (foreignKey.GetConstraintName() is { } name)
                {
                    foreignKey.SetConstraintName(Snake(name));
                }
            }

            foreach (var index in entity.GetIndexes())
            {
                index.SetDatabaseName(Snake(index.GetDatabaseName()!));
            }
        }
    }

    /// <summary>Both <c>PaymentAttempts</c> and <c>AspNetUserClaims</c> become what a person would type in SQL.</summary>
    public static string Snake(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (char.IsUpper(c))
            {
                var wordStarts = i > 0 && name[i - 1] != '_'
                    && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
                if (wordStarts)
                {
                    text.Append('_');
                }

                text.Append(char.ToLowerInvariant(c));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    private static void ConvertEnum(IMutableProperty property)
    {
        var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        if (!type.IsEnum)
        {
            return;
        }

        var isSet = type.IsDefined(typeof(FlagsAttribute), false);
        property.SetValueConverter((ValueConverter)Activator.CreateInstance((isSet ? typeof(EnumWords<>) : typeof(EnumWord<>)).MakeGenericType(type))!);
        property.SetMaxLength(isSet ? 128 : 32);
    }
}

/// <summary>A UTC instant as whole milliseconds since 1970: comparable and sortable on every engine.</summary>
public sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
    time => time.ToUnixTimeMilliseconds(),
    number => DateTimeOffset.FromUnixTimeMilliseconds(number));

/// <summary>An enum value as its name in snake_case, both ways; a word the enum does not have is an error.</summary>
public sealed class EnumWord<T>() : ValueConverter<T, string>(value => Words.Of(value), word => Words.Parse<T>(word))
    where T : struct, Enum;

/// <summary>A set of flags as their names in snake_case with a space between them; none: empty.</summary>
public sealed class EnumWords<T>() : ValueConverter<T, string>(value => Words.OfSet(value), words => Words.ParseSet<T>(words))
    where T : struct, Enum;

/// <summary>The words states are stored and shown as: <c>AwaitingPayment</c> is <c>awaiting_payment</c>.</summary>
public static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => Table<T>.ToWord[value];

    public static T Parse<T>(string word) where T : struct, Enum =>
        TryParse<T>(word, out var value) ? value : throw new FormatException($"'{word}' is no {typeof(T).Name}.");

    public static bool TryParse<T>(string? word, out T value) where T : struct, Enum
    {
        value = default;
        return word is not null && Table<T>.ToValue.TryGetValue(word, out value);
    }

    /// <summary>The flags of a set, with a space between them.</summary>
    public static string OfSet<T>(T set) where T : struct, Enum =>
        string.Join(' ', Table<T>.ToWord.Where(p => Convert.ToInt64(p.Key, null) != 0 && set.HasFlag(p.Key)).Select(p => p.Value));

    public static T ParseSet<T>(string words) where T : struct, Enum =>
        (T)Enum.ToObject(typeof(T), words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(0L, (sum, word) => sum | Convert.ToInt64(Parse<T>(word), null)));

    private static class Table<T> where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ToWord = Enum.GetValues<T>().ToDictionary(v => v, v => ModelConventions.Snake(v.ToString()));
        public static readonly Dictionary<string, T> ToValue = ToWord.ToDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    }
}
