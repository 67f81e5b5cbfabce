using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace Shop.Accounts;

/// <summary>
/// Inserts rows by EF's own model (columns, converters, parameters), without tracking them: the statement of a table is made once. For what every checkout
/// writes; a tracked insert of one row takes five times as long and three times the memory (docs/performance.md).
/// </summary>
public static class Rows
{
    private static readonly ConditionalWeakTable<IEntityType, Insert> Made = [];

    /// <summary>Inserts the row and gives it the key that the database made. What hangs on it by navigations is the caller's to insert.</summary>
    /// <exception cref="DbUpdateException">A constraint refuses it, as when a context saves.</exception>
    /// <exception cref="NotSupportedException">The model leaves something of the row to the database or keeps it elsewhere: save it by the context.</exception>
    public static Task InsertAsync<TRow>(DbContext db, TRow row, CancellationToken cancellationToken) where TRow : class
    {
        var type = db.Model.FindEntityType(typeof(TRow)) ?? throw new NotSupportedException($"{typeof(TRow).Name} is no table of this model.");
        if (!Made.TryGetValue(type, out var insert))
        {
            insert = Made.GetValue(type, _ => new Insert(type, db));
        }

        return insert.RunAsync(db, row, cancellationToken);
    }

    private sealed class Insert
    {
        private readonly List<(string Name, IClrPropertyGetter Value)> values = [];
        private readonly IProperty? key;
        private readonly IRelationalCommand command;

        public Insert(IEntityType type, DbContext db)
        {
            var owns = type.GetNavigations().Any(n => n.ForeignKey.IsOwnership && !n.IsOnDependent);
            if (type.FindDiscriminatorProperty() is not null || type.GetComplexProperties().Any() || type.IsOwned() || owns)
            {
                throw new NotSupportedException($"{type.ShortName()} is more than the columns of one table.");
            }

            var quote = db.GetService<ISqlGenerationHelper>();
            var builder = db.GetService<IRelationalCommandBuilderFactory>().Create();
            var (columns, places) = (new StringBuilder(), new StringBuilder());
            foreach (var property in type.GetProperties())
            {
                if (property.IsPrimaryKey() && property.ValueGenerated == ValueGenerated.OnAdd && property.ClrType == typeof(long))
                {
                    key = property;
                    continue;
                }

                // a default that is what an empty row says anyway changes nothing
                var isMade = property.ValueGenerated != ValueGenerated.Never && !property.IsPrimaryKey() && !Equals(property.GetDefaultValue(), property.Sentinel);
                if (isMade || property.IsShadowProperty() || property.GetComputedColumnSql() is not null)
                {
                    throw new NotSupportedException($"{type.ShortName()}.{property.Name} is made by the database or by the context.");
                }

                var name = string.Create(CultureInfo.InvariantCulture, $"p{values.Count}");
                var comma = values.Count == 0 ? "" : ", ";
                columns.Append(comma).Append(quote.DelimitIdentifier(property.GetColumnName()));
                places.Append(comma).Append(quote.GenerateParameterNamePlaceholder(name));
                builder.AddParameter(name, quote.GenerateParameterName(name), property.GetRelationalTypeMapping(), property.IsNullable);
                values.Add((name, property.GetGetter()));
            }

            builder.Append($"INSERT INTO {quote.DelimitIdentifier(type.GetTableName()!)} ({columns}) VALUES ({places})");
            if (key is not null)
            {
                builder.Append($" RETURNING {quote.DelimitIdentifier(key.GetColumnName())}");
            }

            command = builder.Build();
        }

        public async Task RunAsync(DbContext db, object row, CancellationToken cancellationToken)
        {
            var named = new Dictionary<string, object?>(values.Count, StringComparer.Ordinal);
            foreach (var (name, value) in values)
            {
                named.Add(name, value.GetClrValue(row));
            }

            var call = new RelationalCommandParameterObject(
                db.GetService<IRelationalConnection>(), named, null, db, db.GetService<IRelationalCommandDiagnosticsLogger>(), CommandSource.SaveChanges);
            try
            {
                if (key is null)
                {
                    await command.ExecuteNonQueryAsync(call, cancellationToken);
                }
                else
                {
                    var made = await command.ExecuteScalarAsync(call, cancellationToken);
                    key.PropertyInfo!.SetValue(row, Convert.ToInt64(made, CultureInfo.InvariantCulture));
                }
            }
            catch (DbException e)
            {
                // what catches a refused save catches this one, and who reads the log finds it there
                var refused = new DbUpdateException($"A row of {row.GetType().Name} could not be inserted.", e);
                await db.GetService<IDiagnosticsLogger<DbLoggerCategory.Update>>().SaveChangesFailedAsync(db, refused, CancellationToken.None);
                throw refused;
            }
        }
    }
}
