using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Shop.TestKit;

/// <summary>What a compiled project refers to, read from its metadata and its method bodies without loading it.</summary>
public sealed class BuiltAssembly : IDisposable
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly PEReader file;
    private readonly MetadataReader metadata;

    /// <param name="name">The assembly's.</param>
    /// <param name="folder">Where it was built to; null: beside these tests.</param>
    public BuiltAssembly(string name, string? folder = null)
    {
        Name = name;
        file = new PEReader(File.OpenRead(Path.Combine(folder ?? AppContext.BaseDirectory, name + ".dll")));
        metadata = file.GetMetadataReader();
    }

    public string Name { get; }

    public IEnumerable<string> References => metadata.AssemblyReferences.Select(handle => Text(metadata.GetAssemblyReference(handle).Name));

    /// <summary>Types of other assemblies, as "Namespace.Type".</summary>
    public IEnumerable<string> UsedTypes => metadata.TypeReferences.Select(handle => NameOf(handle));

    /// <summary>Types written here, without those that the compiler adds.</summary>
    public IEnumerable<string> DefinedTypes => metadata.TypeDefinitions
        .Where(handle => metadata.GetTypeDefinition(handle).GetDeclaringType().IsNil)
        .Where(handle => !IsGenerated(metadata.GetTypeDefinition(handle).GetCustomAttributes()))
        .Select(handle => NameOf(handle)).Where(name => !name.Contains('<', StringComparison.Ordinal));

    /// <summary>Every string of the code: literals and constants.</summary>
    public IEnumerable<string> Strings
    {
        get
        {
            for (var handle = MetadataTokens.UserStringHandle(0); ;)
            {
                handle = metadata.GetNextHandle(handle);
                if (handle.IsNil)
                {
                    break;
                }

                yield return metadata.GetUserString(handle);
            }

            for (var row = 1; row <= metadata.GetTableRowCount(TableIndex.Constant); row++)
            {
                var constant = metadata.GetConstant(MetadataTokens.ConstantHandle(row));
                if (constant.TypeCode == ConstantTypeCode.String)
                {
                    var value = metadata.GetBlobReader(constant.Value);
                    yield return value.ReadUTF16(value.Length);
                }
            }
        }
    }

    /// <summary>Calls of methods of other assemblies: the outermost type that calls, and "Namespace.Type.Method".</summary>
    public IEnumerable<(string Caller, string Method)> Calls =>
        from typeHandle in metadata.TypeDefinitions
        let caller = NameOf(Outermost(typeHandle))
        from methodHandle in metadata.GetTypeDefinition(typeHandle).GetMethods()
        let address = metadata.GetMethodDefinition(methodHandle).RelativeVirtualAddress
        where address != 0
        from token in Tokens(file.GetMethodBody(address).GetILReader())
        let method = Target(token)
        where method is not null
        select (caller, method);

    public void Dispose() => file.Dispose();

    private static IEnumerable<EntityHandle> Tokens(BlobReader il)
    {
        var found = new List<EntityHandle>();
        while (il.RemainingBytes > 0)
        {
            short value = il.ReadByte();
            var code = Codes[value == 0xFE ? unchecked((short)(0xFE00 | il.ReadByte())) : value];
            switch (code.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineTok:
                    found.Add(MetadataTokens.EntityHandle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var cases = il.ReadInt32();
                    il.Offset += cases * sizeof(int);
                    break;
                default:
                    il.Offset += OperandSize(code.OperandType);
                    break;
            }
        }

        return found;
    }

    private static int OperandSize(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private string? Target(EntityHandle token)
    {
        if (token.Kind == HandleKind.MethodSpecification)
        {
            token = metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method;
        }

        if (token.Kind != HandleKind.MemberReference)
        {
            return null;
        }

        var member = metadata.GetMemberReference((MemberReferenceHandle)token);
        return $"{NameOf(member.Parent)}.{Text(member.Name)}";
    }

    private TypeDefinitionHandle Outermost(TypeDefinitionHandle handle)
    {
        while (metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer)
        {
            handle = outer;
        }

        return handle;
    }

    private string NameOf(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeReference:
                var used = metadata.GetTypeReference((TypeReferenceHandle)handle);
                return used.ResolutionScope.Kind == HandleKind.TypeReference
                    ? $"{NameOf(used.ResolutionScope)}+{Text(used.Name)}"
                    : Join(used.Namespace, used.Name);
            case HandleKind.TypeDefinition:
                var defined = metadata.GetTypeDefinition((TypeDefinitionHandle)handle);
                return Join(defined.Namespace, defined.Name);
            case HandleKind.TypeSpecification:
                // a constructed generic type: the blob is GENERICINST CLASS|VALUETYPE token …; other shapes have no name
                var blob = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)handle).Signature);
                if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
                {
                    return "";
                }

                blob.ReadByte();
                return NameOf(blob.ReadTypeHandle());
            default:
                return "";
        }
    }

    private bool IsGenerated(CustomAttributeHandleCollection attributes) => attributes
        .Select(handle => metadata.GetCustomAttribute(handle).Constructor)
        .Where(constructor => constructor.Kind == HandleKind.MemberReference)
        .Any(constructor => NameOf(metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent)
            is "System.Runtime.CompilerServices.CompilerGeneratedAttribute" or "System.CodeDom.Compiler.GeneratedCodeAttribute");

    private string Join(StringHandle space, StringHandle name) => space.IsNil ? Text(name) : $"{Text(space)}.{Text(name)}";

    private string Text(StringHandle handle) => metadata.GetString(handle);
}
